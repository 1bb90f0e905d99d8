// SPDX-License-Identifier: Apache-2.0
#include "schedule/times_text.h"

#include <fmt/format.h>

#include <utility>

namespace pinflow::schedule {

std::string duration_text(std::int64_t duration_ms) {
    constexpr std::pair<std::int64_t, const char*> kUnits[] = {
        {86'400'000, "d"}, {3'600'000, "h"}, {60'000, "m"}, {1'000, "s"}};
    for (const auto& [unit_ms, unit] : kUnits) {
        if (duration_ms >= unit_ms && duration_ms % unit_ms == 0) {
            return fmt::format("{}{}", duration_ms / unit_ms, unit);
        }
    }
    return fmt::format("{}ms", duration_ms);
}

}  // namespace pinflow::schedule
