// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace pinflow::pinterest {

inline constexpr std::int64_t kCourseRows = 11'154;  // of each of the course's tables

struct Category {
    std::string_view name;
    std::int64_t first_row;  // of kCourseRows; up to the next one's
};

// The rows of a category stand together. Measured are the lowest and highest row seen of each; the
// border is put in the middle of the gap.
inline constexpr Category kCategories[] = {
    {"art", 0},           {"beauty", 883},         {"christmas", 1638}, {"diy-and-crafts", 2633},
    {"education", 3467},  {"event-planning", 4330}, {"finance", 5080},  {"home-decor", 5867},
    {"mens-fashion", 6729}, {"quotes", 7578},      {"tattoos", 8476},   {"travel", 9459},
    {"vehicles", 10315},
};
inline constexpr std::size_t kCategoryCount = std::size(kCategories);

}  // namespace pinflow::pinterest
