// SPDX-License-Identifier: Apache-2.0
#include "pinterest/permutation.h"

#include <algorithm>
#include <bit>

#include "base/check.h"
#include "pinterest/draws.h"

namespace pinflow::pinterest {

Permutation::Permutation(std::uint64_t key, std::int64_t size)
    : key_(key), size_(static_cast<std::uint64_t>(size)), mask_(std::bit_ceil(size_) - 1),
      shift_(std::max(1, static_cast<int>(std::bit_width(mask_)) / 2)) {}

// Each step can be undone within the power of two, so no two places meet.
std::uint64_t Permutation::scrambled(std::uint64_t place) const {
    constexpr int kRounds = 3;
    std::uint64_t round_key = key_;
    for (int round = 0; round < kRounds; ++round) {
        round_key = mixed(round_key + kGolden);
        place = (place + round_key) & mask_;
        place = (place * (round_key >> 32 | 1)) & mask_;
        place ^= place >> shift_;
    }
    return place;
}

// Whoever lands outside walks on until inside: fewer than two steps on average.
std::int64_t Permutation::at(std::int64_t place) const {
    auto walker = static_cast<std::uint64_t>(place);
    CHECK(walker < size_);
    do walker = scrambled(walker);
    while (walker >= size_);
    return static_cast<std::int64_t>(walker);
}

}  // namespace pinflow::pinterest
