// SPDX-License-Identifier: Apache-2.0
// Which rows the course's scripts post, and at what pace: the emulator's `walk`.
#pragma once

#include <cstdint>
#include <optional>

#include "emulator/emulator.h"
#include "pinterest/dice.h"

namespace pinflow::pinterest {

// The standard script: random.seed(seed); forever: sleep randrange(0, 2) seconds, then row
// randint(0, 11000). The rows past 11,000 are never drawn. In a source of fewer than 11,001 rows,
// which the script never met, the upper end is its last row: other rows, as reproducible.
class CourseWalk final {
public:
    static constexpr std::int64_t kSeed = 100;
    static constexpr std::int64_t kLastRow = 11'000;

    // `source_rows` > 0
    CourseWalk(std::int64_t seed, std::int64_t source_rows);

    emulator::Draw next();

private:
    Dice dice_;
    std::int64_t last_row_;
};

// Rows 0, 1, 2 … each once, a fixed time apart.
class SequentialWalk final {
public:
    SequentialWalk(std::int64_t source_rows, double sleep_s)
        : source_rows_(source_rows), sleep_s_(sleep_s) {}

    std::optional<emulator::Draw> next();  // nothing after the last row

private:
    std::int64_t source_rows_;
    double sleep_s_;
    std::int64_t next_row_ = 0;
};

}  // namespace pinflow::pinterest
