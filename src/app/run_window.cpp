// SPDX-License-Identifier: Apache-2.0
#include "app/run_window.h"

#include "base/check.h"

namespace pinflow::app {
namespace {

batch::DateWindow window_from(const schedule::Zone& zone, schedule::LocalMinute day) {
    return {.date = schedule::format_date(day),
            .from_ms = zone.first_moment_of(day),
            .to_ms = zone.first_moment_of(day + schedule::kDayMinutes)};
}

}  // namespace

Result<batch::DateWindow> window_of_date(const schedule::Zone& zone, const std::string& date,
                                         Timestamp now_ms) {
    TRY(auto day, schedule::parse_date(date.empty() ? zone.date_of(now_ms) : date));
    return window_from(zone, day);
}

batch::DateWindow window_of_run(const schedule::Zone& zone, Timestamp logical_ms) {
    auto day = schedule::parse_date(zone.date_of(logical_ms));
    CHECK(day.has_value(), "a zone's own date");
    return window_from(zone, *day - schedule::kDayMinutes);
}

}  // namespace pinflow::app
