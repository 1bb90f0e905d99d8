// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

namespace pinflow::pinterest {

// Python's `random`: the numbers that CPython 3 draws after random.seed(seed), call for call.
class Dice final {
public:
    explicit Dice(std::int64_t seed);

    std::uint64_t getrandbits(int bits);                             // 0 … 64 bits
    std::uint64_t randbelow(std::uint64_t bound);                    // bound > 0
    std::int64_t randrange(std::int64_t from, std::int64_t before);  // from < before
    std::int64_t randint(std::int64_t from, std::int64_t to) { return randrange(from, to + 1); }
    double random();  // [0, 1), 53 bits
    double uniform(double from, double to) { return from + (to - from) * random(); }

private:
    static constexpr std::size_t kWords = 624;

    std::uint32_t next_word();
    void turn();

    std::array<std::uint32_t, kWords> state_;
    std::size_t at_ = kWords;
};

}  // namespace pinflow::pinterest
