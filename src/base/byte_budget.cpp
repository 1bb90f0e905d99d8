// SPDX-License-Identifier: Apache-2.0
#include "base/byte_budget.h"

#include "base/check.h"

namespace pinflow {

bool ByteBudget::take(std::uint64_t bytes) {
    std::uint64_t held = held_.load(std::memory_order_relaxed);
    do {
        if (bytes > limit_ || held > limit_ - bytes) {
            refused_.fetch_add(1, std::memory_order_relaxed);
            return false;
        }
    } while (!held_.compare_exchange_weak(held, held + bytes, std::memory_order_relaxed));
    return true;
}

std::optional<ByteLease> ByteBudget::try_lease(std::uint64_t bytes) {
    if (!take(bytes)) return std::nullopt;
    return ByteLease(*this, bytes);
}

ByteLease& ByteLease::operator=(ByteLease&& other) noexcept {
    if (this == &other) return *this;
    release();
    budget_ = std::exchange(other.budget_, nullptr);
    bytes_ = std::exchange(other.bytes_, 0);
    return *this;
}

bool ByteLease::try_grow(std::uint64_t more) {
    CHECK(budget_ != nullptr);
    if (!budget_->take(more)) return false;
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
