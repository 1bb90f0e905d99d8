// SPDX-License-Identifier: Apache-2.0
#include "pinterest/walk.h"

#include <algorithm>

#include "base/check.h"

namespace pinflow::pinterest {

CourseWalk::CourseWalk(std::int64_t seed, std::int64_t source_rows)
    : dice_(seed), last_row_(std::min(kLastRow, source_rows - 1)) {
    CHECK(source_rows > 0, "a walk needs a row");
}

emulator::Draw CourseWalk::next() {
    // In this order: the script draws its sleep first.
    auto sleep_s = static_cast<double>(dice_.randrange(0, 2));
    return {.row = dice_.randint(0, last_row_), .sleep_s = sleep_s};
}

std::optional<emulator::Draw> SequentialWalk::next() {
    if (next_row_ >= source_rows_) return std::nullopt;
    return emulator::Draw{.row = next_row_++, .sleep_s = sleep_s_};
}

}  // namespace pinflow::pinterest
