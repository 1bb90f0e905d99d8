// SPDX-License-Identifier: Apache-2.0
// The Mersenne Twister MT19937 of Matsumoto and Nishimura, seeded and read as CPython does it
// (Modules/_randommodule.c for words and seeding, Lib/random.py for ranges).
#include "pinterest/dice.h"

#include <algorithm>
#include <bit>
#include <span>

#include "base/check.h"

namespace pinflow::pinterest {
namespace {

constexpr std::size_t kMiddle = 397;

void seed_with_word(std::span<std::uint32_t> state, std::uint32_t word) {
    state[0] = word;
    for (std::size_t i = 1; i < state.size(); ++i) {
        std::uint32_t before = state[i - 1] ^ (state[i - 1] >> 30);
        state[i] = 1812433253u * before + static_cast<std::uint32_t>(i);
    }
}

// What its authors call init_by_array.
void seed_with_words(std::span<std::uint32_t> state, std::span<const std::uint32_t> key) {
    seed_with_word(state, 19650218u);
    std::size_t i = 1;
    std::size_t j = 0;
    auto advance = [&] {
        if (++i < state.size()) return;
        state[0] = state.back();
        i = 1;
    };
    for (std::size_t turns = std::max(state.size(), key.size()); turns > 0; --turns) {
        std::uint32_t before = state[i - 1] ^ (state[i - 1] >> 30);
        state[i] = (state[i] ^ (before * 1664525u)) + key[j] + static_cast<std::uint32_t>(j);
        advance();
        j = (j + 1) % key.size();
    }
    for (std::size_t turns = state.size() - 1; turns > 0; --turns) {
        std::uint32_t before = state[i - 1] ^ (state[i - 1] >> 30);
        state[i] = (state[i] ^ (before * 1566083941u)) - static_cast<std::uint32_t>(i);
        advance();
    }
    state[0] = 0x80000000u;
}

}  // namespace

Dice::Dice(std::int64_t seed) {
    auto size = static_cast<std::uint64_t>(seed);
    if (seed < 0) size = 0 - size;  // Python seeds with the absolute value
    const std::uint32_t digits[] = {static_cast<std::uint32_t>(size),
                                    static_cast<std::uint32_t>(size >> 32)};
    seed_with_words(state_, std::span(digits).first(digits[1] == 0 ? 1 : 2));
}

void Dice::turn() {
    for (std::size_t i = 0; i < kWords; ++i) {
        std::uint32_t y = (state_[i] & 0x80000000u) | (state_[(i + 1) % kWords] & 0x7fffffffu);
        state_[i] = state_[(i + kMiddle) % kWords] ^ (y >> 1) ^ ((y & 1) != 0 ? 0x9908b0dfu : 0);
    }
    at_ = 0;
}

std::uint32_t Dice::next_word() {
    if (at_ == kWords) turn();
    std::uint32_t y = state_[at_++];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    return y ^ (y >> 18);
}

std::uint64_t Dice::getrandbits(int bits) {
    CHECK(bits >= 0 && bits <= 64);
    if (bits == 0) return 0;
    if (bits <= 32) return next_word() >> (32 - bits);
    std::uint64_t low = next_word();  // little end first
    std::uint64_t high = next_word() >> (64 - bits);
    return high << 32 | low;
}

std::uint64_t Dice::randbelow(std::uint64_t bound) {
    CHECK(bound > 0);
    while (true) {
        std::uint64_t drawn = getrandbits(static_cast<int>(std::bit_width(bound)));
        if (drawn < bound) return drawn;
    }
}

std::int64_t Dice::randrange(std::int64_t from, std::int64_t before) {
    CHECK(from < before);
    auto width = static_cast<std::uint64_t>(before) - static_cast<std::uint64_t>(from);
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(from) + randbelow(width));
}

double Dice::random() {
    std::uint32_t high = next_word() >> 5;
    std::uint32_t low = next_word() >> 6;
    return (high * 67108864.0 + low) * (1.0 / 9007199254740992.0);
}

}  // namespace pinflow::pinterest
