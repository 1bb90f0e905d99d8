// SPDX-License-Identifier: Apache-2.0
// The one bound on the memory of buffers: who wants to hold bytes takes a lease first, and does
// without (stops reading, answers "later") when there is none.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <utility>

namespace pinflow {

class ByteBudget;

// Bytes held of a budget until it goes. Movable; any thread. Must not outlive the budget.
class [[nodiscard]] ByteLease {
public:
    ByteLease() = default;
    ByteLease(ByteLease&& other) noexcept
        : budget_(std::exchange(other.budget_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
    ByteLease& operator=(ByteLease&& other) noexcept;
    ~ByteLease() { release(); }

    std::uint64_t bytes() const { return bytes_; }

    // False, and nothing changes, if the budget has not that much more, with `left_free` beside it.
    bool try_grow(std::uint64_t more, std::uint64_t left_free = 0);
    void shrink_to(std::uint64_t bytes);  // at most what is held
    void release() { shrink_to(0); }

private:
    friend class ByteBudget;
    ByteLease(ByteBudget& budget, std::uint64_t bytes) : budget_(&budget), bytes_(bytes) {}

    ByteBudget* budget_ = nullptr;
    std::uint64_t bytes_ = 0;
};

// Any thread.
class ByteBudget final {
public:
    explicit ByteBudget(std::uint64_t limit_bytes) : limit_(limit_bytes) {}
    ByteBudget(const ByteBudget&) = delete;
    ByteBudget& operator=(const ByteBudget&) = delete;

    // Nothing if that much, and `left_free` beside it, is not left.
    std::optional<ByteLease> try_lease(std::uint64_t bytes, std::uint64_t left_free = 0);

    // For who can do with less: at most `most`, and at most half of what is left, so that whoever
    // comes next finds something; nothing if that is less than `least`.
    std::optional<ByteLease> lease_up_to(std::uint64_t most, std::uint64_t least);

    std::uint64_t limit_bytes() const { return limit_; }
    std::uint64_t held_bytes() const { return held_.load(std::memory_order_relaxed); }
    std::int64_t refused() const { return refused_.load(std::memory_order_relaxed); }

private:
    friend class ByteLease;
    bool take(std::uint64_t bytes, std::uint64_t left_free);
    void give_back(std::uint64_t bytes) { held_.fetch_sub(bytes, std::memory_order_relaxed); }

    const std::uint64_t limit_;
    std::atomic<std::uint64_t> held_ = 0;
    std::atomic<std::int64_t> refused_ = 0;
};

}  // namespace pinflow
