// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace pinflow::pinterest {

// Puts 0 … size-1 in another order without keeping the order: each place is worked out when asked.
class Permutation final {
public:
    Permutation() = default;
    Permutation(std::uint64_t key, std::int64_t size);

    std::int64_t at(std::int64_t place) const;  // 0 <= place < size

private:
    std::uint64_t scrambled(std::uint64_t place) const;

    std::uint64_t key_ = 0;
    std::uint64_t size_ = 0;
    std::uint64_t mask_ = 0;  // the next power of two, less one
    int shift_ = 1;
};

}  // namespace pinflow::pinterest
