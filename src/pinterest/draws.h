// SPDX-License-Identifier: Apache-2.0
// Random numbers that are the same on every machine: whole numbers and IEEE additions, products and
// quotients only; no library's distribution or logarithm, which differ from one to the next.
#pragma once

#include <cstdint>

namespace pinflow::pinterest {

// What is drawn. Each is a sequence of its own for each row or poster, so that a value added to one
// leaves all others as they were. The numbers make the data: never change one.
enum class Stream : std::uint64_t {
    row_text = 1,
    row_identity = 2,
    row_image = 3,
    row_posted = 4,
    row_followers = 5,
    poster_name = 10,
    poster_followers = 11,
    poster_first_name = 12,
    poster_last_name = 13,
    poster_age = 14,
    poster_joined = 15,
    poster_country = 16,
    poster_latitude = 17,
    poster_longitude = 18,
    rows_of_category = 30,
    roaming_rows = 31,
    roaming_slots = 32,
    slots_of_category = 33,
    poster_sizes = 34,
};

// The finalizer of splitmix64 (Steele, Lea and Flood, 2014).
constexpr std::uint64_t mixed(std::uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15u;  // 2^64 over the golden ratio

constexpr std::uint64_t key_of(std::uint64_t seed, Stream stream, std::uint64_t number) {
    std::uint64_t of_stream = mixed(seed + kGolden * static_cast<std::uint64_t>(stream));
    return mixed(of_stream ^ mixed(number + kGolden));
}

class Draws final {
public:
    Draws(std::uint64_t seed, Stream stream, std::uint64_t number)
        : state_(key_of(seed, stream, number)) {}

    std::uint64_t next() { return mixed(state_ += kGolden); }

    // 0 … bound-1. The bias of a product instead of a rejection is below bound / 2^32.
    std::uint64_t below(std::uint64_t bound) { return ((next() >> 32) * bound) >> 32; }
    std::uint64_t between(std::uint64_t from, std::uint64_t to) { return from + below(to - from + 1); }
    bool chance(std::uint64_t per_million) { return below(1'000'000) < per_million; }

    // [0, 1), 53 bits
    double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }

    // The smallest of `count` uniform draws of [0, 1), in one draw.
    double smallest_of(std::int64_t count);

private:
    std::uint64_t state_;
};

// exp and ln to a few units in the last place, equal on every machine.
double portable_exp(double x);
double portable_ln(double x);  // x > 0

}  // namespace pinflow::pinterest
