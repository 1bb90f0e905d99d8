// SPDX-License-Identifier: Apache-2.0
#include "base/byte_budget.h"

#include <algorithm>

#include "base/check.h"

namespace pinflow {

bool ByteBudget::take(std::uint64_t bytes, std::uint64_t left_free) {
    std::uint64_t held = held_.load(std::memory_order_relaxed);
    do {
        std::uint64_t left = limit_ - held;
        if (bytes > left || left_free > left - bytes) {
            refused_.fetch_add(1, std::memory_order_relaxed);
            return false;
        }
    } while (!held_.compare_exchange_weak(held, held + bytes, std::memory_order_relaxed));
    return true;
}

std::optional<ByteLease> ByteBudget::try_lease(std::uint64_t bytes, std::uint64_t left_free) {
    if (!take(bytes, left_free)) return std::nullopt;
    return ByteLease(*this, bytes);
}

std::optional<ByteLease> ByteBudget::lease_up_to(std::uint64_t most, std::uint64_t least) {
    std::uint64_t held = held_.load(std::memory_order_relaxed);
    std::uint64_t bytes;
    do {
        bytes = std::min(most, (limit_ - held) / 2);
        if (bytes < least) {
            refused_.fetch_add(1, std::memory_order_relaxed);
            return std::nullopt;
        }
    } while (!held_.compare_exchange_weak(held, held + bytes, std::memory_order_relaxed));
    return ByteLease(*this, bytes);
}

ByteLease& ByteLease::operator=(ByteLease&& other) noexcept {
    if (this == &other) return *this;
    release();
    budget_ = std::exchange(other.budget_, nullptr);
    bytes_ = std::exchange(other.bytes_, 0);
    return *this;
}

bool ByteLease::try_grow(std::uint64_t more, std::uint64_t left_free) {
    CHECK(budget_ != nullptr);
    if (!budget_->take(more, left_free)) return false;
    bytes_ += more;
    return true;
}

void ByteLease::shrink_to(std::uint64_t bytes) {
    if (budget_ == nullptr) return;
    CHECK(bytes <= bytes_);
    budget_->give_back(bytes_ - bytes);
    bytes_ = bytes;
}

}  // namespace pinflow
