// SPDX-License-Identifier: Apache-2.0
#include "app/run_window.h"

#include <gtest/gtest.h>

namespace pinflow::app {
namespace {

constexpr Timestamp kHourMs = 3'600'000;
constexpr Timestamp kNoon = 1'771'934'400'000;  // 2026-02-24 12:00 UTC

schedule::Zone zone(const std::string& name) { return *schedule::Zone::find(name); }

TEST(RunWindow, a_run_reads_the_last_day_that_was_over) {
    auto window = window_of_run(schedule::Zone::utc(), kNoon);
    EXPECT_EQ(window.date, "2026-02-23");
    EXPECT_EQ(window.to_ms, kNoon - 12 * kHourMs);
    EXPECT_EQ(window.to_ms - window.from_ms, 24 * kHourMs);
    auto midnight = window_of_run(schedule::Zone::utc(), window.to_ms);
    EXPECT_EQ(midnight.date, "2026-02-23") << "the run at midnight: the day that has just ended";
    EXPECT_EQ(window_of_run(schedule::Zone::utc(), window.to_ms - 1).date, "2026-02-22");
}

TEST(RunWindow, days_are_those_of_the_zone_and_touch_one_another) {
    auto berlin = zone("Europe/Berlin");
    auto spring = *window_of_date(berlin, "2026-03-29", kNoon);
    auto autumn = *window_of_date(berlin, "2026-10-25", kNoon);
    EXPECT_EQ(spring.to_ms - spring.from_ms, 23 * kHourMs);
    EXPECT_EQ(autumn.to_ms - autumn.from_ms, 25 * kHourMs);
    EXPECT_EQ(window_of_date(berlin, "2026-03-30", kNoon)->from_ms, spring.to_ms);
    EXPECT_EQ(window_of_date(zone("Pacific/Auckland"), "", kNoon)->date, "2026-02-25");
}

TEST(RunWindow, what_is_no_date_is_refused) {
    EXPECT_EQ(window_of_date(schedule::Zone::utc(), "2026-02-30", kNoon).error().code,
              Errc::invalid_argument);
}

}  // namespace
}  // namespace pinflow::app
