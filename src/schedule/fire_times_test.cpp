// SPDX-License-Identifier: Apache-2.0
#include "schedule/fire_times.h"

#include <cctz/time_zone.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "schedule/due.h"

namespace pinflow::schedule {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Timetable table(const std::string& line, const std::string& zone) {
    auto found = Zone::find(zone);
    EXPECT_TRUE(found) << found.error().text;
    return {*parse_cron(line), *found};
}

Timestamp utc(std::string_view date, int hour = 0, int minute = 0) {
    return (*parse_date(date) + hour * 60 + minute) * kMinuteMs;
}

// What the zone's clock and offset say at each firing: "03-29 03:00+02".
std::string shown(const Timetable& timetable, Timestamp at_ms) {
    LocalMinute local = timetable.zone.local_of(at_ms);
    LocalMinute offset = local - at_ms / kMinuteMs;
    std::string text = fmt::format("{} {:02}:{:02}{:+03}", format_date(local).substr(5),
                                   local % kDayMinutes / 60, local % 60, offset / 60);
    return offset % 60 == 0 ? text : text + fmt::format(":{}", std::abs(offset % 60));
}

std::vector<std::string> firings(const Timetable& timetable, Timestamp from_ms,
                                 Timestamp until_ms) {
    std::vector<std::string> texts;
    for (auto at = next_firing(timetable, from_ms - 1); at && *at < until_ms;
         at = next_firing(timetable, *at)) {
        texts.push_back(shown(timetable, *at));
    }
    return texts;
}

TEST(FireTimes, a_time_that_a_shift_leaves_out_fires_right_after_it_once) {
    // Berlin, 2026-03-29: 02:00 becomes 03:00.
    EXPECT_THAT(firings(table("30 2 * * *", "Europe/Berlin"), utc("2026-03-28"), utc("2026-03-31")),
                ElementsAre("03-28 02:30+01", "03-29 03:00+02", "03-30 02:30+02"));
    EXPECT_THAT(
        firings(table("*/20 2 * * *", "Europe/Berlin"), utc("2026-03-29"), utc("2026-03-30")),
        ElementsAre("03-29 03:00+02"));
    EXPECT_THAT(
        firings(table("0 2,3 * * *", "Europe/Berlin"), utc("2026-03-29"), utc("2026-03-30")),
        ElementsAre("03-29 03:00+02"));
    // Lord Howe, 2026-10-04: 02:00 becomes 02:30.
    EXPECT_THAT(
        firings(table("15 2 * * *", "Australia/Lord_Howe"), utc("2026-10-03"), utc("2026-10-05")),
        ElementsAre("10-04 02:30+11", "10-05 02:15+11"));
}

TEST(FireTimes, a_time_that_comes_twice_fires_at_its_first_coming_alone) {
    // Berlin, 2026-10-25: 03:00 becomes 02:00. New York, 2026-11-01: 02:00 becomes 01:00.
    EXPECT_THAT(firings(table("30 2 * * *", "Europe/Berlin"), utc("2026-10-24"), utc("2026-10-27")),
                ElementsAre("10-24 02:30+02", "10-25 02:30+02", "10-26 02:30+01"));
    EXPECT_THAT(
        firings(table("30 1 * * *", "America/New_York"), utc("2026-11-01"), utc("2026-11-03")),
        ElementsAre("11-01 01:30-04", "11-02 01:30-05"));
    // Lord Howe, 2026-04-05: 02:00 becomes 01:30.
    EXPECT_THAT(
        firings(table("45 1 * * *", "Australia/Lord_Howe"), utc("2026-04-04"), utc("2026-04-06")),
        ElementsAre("04-05 01:45+11", "04-06 01:45+10:30"));
    // Also from within the second coming.
    Timetable berlin = table("30 2 * * *", "Europe/Berlin");
    EXPECT_EQ(shown(berlin, *next_firing(berlin, utc("2026-10-25", 1, 10))), "10-26 02:30+01");
}

TEST(FireTimes, an_hourly_line_fires_every_real_hour) {
    EXPECT_THAT(firings(table("@hourly", "Europe/Berlin"), utc("2026-03-29"), utc("2026-03-29", 3)),
                ElementsAre("03-29 01:00+01", "03-29 03:00+02", "03-29 04:00+02"));
    EXPECT_THAT(
        firings(table("30 * * * *", "Europe/Berlin"), utc("2026-10-24", 23), utc("2026-10-25", 3)),
        ElementsAre("10-25 01:30+02", "10-25 02:30+02", "10-25 02:30+01", "10-25 03:30+01"));
    EXPECT_EQ(
        firings(table("* * * * *", "Australia/Lord_Howe"), utc("2026-04-04"), utc("2026-04-06"))
            .size(),
        2u * 24 * 60);
}

TEST(FireTimes, a_day_that_a_zone_leaves_out_has_no_run_of_its_own) {
    // Samoa went from 2011-12-29 to 2011-12-31.
    EXPECT_THAT(
        firings(table("@daily", "Pacific/Apia"), utc("2011-12-29", 10), utc("2012-01-01", 10)),
        ElementsAre("12-29 00:00-10", "12-31 00:00+14", "01-01 00:00+14"));
    EXPECT_THAT(
        firings(table("0 12 30 12 *", "Pacific/Apia"), utc("2011-12-29", 10), utc("2012-01-01")),
        ElementsAre("12-31 00:00+14"));
}

TEST(FireTimes, midnight_itself_may_be_left_out) {
    // São Paulo, 2018-11-04: 00:00 becomes 01:00. The run is that day's all the same.
    Timetable daily = table("@daily", "America/Sao_Paulo");
    EXPECT_THAT(firings(daily, utc("2018-11-03", 12), utc("2018-11-06")),
                ElementsAre("11-04 01:00-02", "11-05 00:00-02"));
    EXPECT_EQ(daily.zone.date_of(*next_firing(daily, utc("2018-11-04"))), "2018-11-04");
}

TEST(FireTimes, shifts_are_known_past_2038) {
    EXPECT_THAT(firings(table("30 2 * * *", "Europe/Berlin"), utc("2050-03-26"), utc("2050-03-29")),
                ElementsAre("03-26 02:30+01", "03-27 03:00+02", "03-28 02:30+02"));
    EXPECT_THAT(firings(table("@daily", "UTC"), utc("2038-01-19"), utc("2038-01-21")),
                ElementsAre("01-19 00:00+00", "01-20 00:00+00"));
}

// The rule said in another way: a line fires at a moment if a time that it names is one which the
// zone's clock reaches or passes there for the first time; an hourly one whenever it shows one.
std::vector<Timestamp> slow_firings(const Timetable& timetable, Timestamp from_ms,
                                    Timestamp until_ms) {
    std::vector<Timestamp> fired;
    LocalMinute reached = timetable.zone.local_of(from_ms - kMinuteMs);
    // What a fold before `from_ms` reached is far behind: the ranges below begin outside one.
    for (Timestamp at = from_ms; at < until_ms; at += kMinuteMs) {
        LocalMinute local = timetable.zone.local_of(at);
        bool fires = false;
        if (timetable.cron.is_every_hour()) {
            fires = timetable.cron.matches(local);
        } else {
            for (LocalMinute time = reached + 1; time <= local; ++time) {
                fires |= timetable.cron.matches(time);
            }
        }
        reached = std::max(reached, local);
        if (fires) fired.push_back(at);
    }
    return fired;
}

TEST(FireTimes, every_zone_and_line_agrees_with_a_slow_walk_through_the_minutes) {
    for (const char* zone : {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC",
                             "America/Sao_Paulo", "Asia/Kathmandu", "Africa/Casablanca"}) {
        for (const char* line : {"*/7 1-3 * * *", "0 0 * * *", "@hourly", "13 */2 * * *",
                                 "45 1 * * sun", "*/11 * * * *", "59 23 * * *", "0 2 29-31 * *"}) {
            Timetable timetable = table(line, zone);
            for (auto [from, until] :
                 {std::pair("2018-10-20", "2018-11-20"), std::pair("2026-03-01", "2026-04-10"),
                  std::pair("2026-09-25", "2026-11-10")}) {
                std::vector<Timestamp> quick;
                for (auto at = next_firing(timetable, utc(from) - 1); at && *at < utc(until);
                     at = next_firing(timetable, *at)) {
                    quick.push_back(*at);
                }
                EXPECT_EQ(quick, slow_firings(timetable, utc(from), utc(until)))
                    << line << " in " << zone << " from " << from;
            }
        }
    }
}

TEST(FireTimes, the_last_firing_is_the_one_that_no_other_follows) {
    Timetable timetable = table("30 2 * * mon", "Europe/Berlin");
    Timestamp now = utc("2026-11-25", 12);
    auto last = last_firing(timetable, 0, now);
    ASSERT_TRUE(last);
    EXPECT_EQ(shown(timetable, *last), "11-23 02:30+01");
    EXPECT_FALSE(last_firing(timetable, *last + 1, now));
    EXPECT_EQ(last_firing(timetable, *last, *last), last);
    EXPECT_EQ(last_firing(table("0 0 29 2 *", "UTC"), 0, now), utc("2024-02-29"));
}

TEST(FireTimes, an_unknown_zone_is_answered_with_the_nearest) {
    EXPECT_THAT(Zone::find("Europe/Berln").error().text,
                HasSubstr("did you mean 'Europe/Berlin'?"));
    EXPECT_THAT(Zone::find("berlin").error().text, HasSubstr("did you mean 'Europe/Berlin'?"));
    EXPECT_THAT(Zone::find("Berlin").error().text, HasSubstr("did you mean 'Europe/Berlin'?"));
    EXPECT_THAT(Zone::find("utc").error().text, HasSubstr("did you mean 'UTC'?"));
    for (const char* name :
         {"", "localtime", "posix/UTC", "Fixed/UTC+01:00:00", "../passwd", "Europe"}) {
        EXPECT_EQ(Zone::find(name).error().code, Errc::not_found) << name;
    }
}

TEST(FireTimes, a_date_is_ten_characters_and_in_the_calendar) {
    EXPECT_EQ(*parse_date("1970-01-02"), kDayMinutes);
    EXPECT_EQ(format_date(*parse_date("2024-02-29")), "2024-02-29");
    for (const char* date : {"2026-02-29", "2026-04-31", "2026-1-1", "26-01-01", "today", "",
                             "2026-13-01", "2026-01-00", "2026-01-01x"}) {
        EXPECT_FALSE(parse_date(date)) << date;
    }
}

TEST(FireTimes, the_logical_time_of_a_date_is_its_first_firing_or_its_beginning) {
    Timetable berlin = table("30 2 * * *", "Europe/Berlin");
    EXPECT_EQ(logical_time_of(berlin.cron, berlin.zone, *parse_date("2026-07-01")),
              utc("2026-07-01", 0, 30));
    EXPECT_EQ(logical_time_of(berlin.cron, berlin.zone, *parse_date("2026-03-29")),
              utc("2026-03-29", 1));
    EXPECT_EQ(logical_time_of(*parse_cron("0 5 * * mon"), berlin.zone, *parse_date("2026-11-25")),
              utc("2026-11-24", 23));  // a Wednesday: the line is silent
    EXPECT_EQ(logical_time_of(std::nullopt, Zone::utc(), *parse_date("2026-11-25")),
              utc("2026-11-25"));
}

TEST(Due, a_schedule_that_is_seen_first_has_no_past) {
    Due due = look_for_due(table("@daily", "UTC"), std::nullopt, utc("2026-11-25", 9), false);
    EXPECT_FALSE(due.run);
    EXPECT_EQ(due.decided_ms, utc("2026-11-25", 9));
}

TEST(Due, of_several_missed_runs_the_newest_is_due_and_the_others_are_told) {
    Due due = look_for_due(table("@daily", "UTC"), utc("2026-11-20"), utc("2026-11-25", 9), false);
    EXPECT_EQ(due.run, utc("2026-11-25"));
    EXPECT_EQ(due.decided_ms, utc("2026-11-25"));
    EXPECT_THAT(due.skipped, ElementsAre(utc("2026-11-21"), utc("2026-11-22"), utc("2026-11-23"),
                                         utc("2026-11-24")));
    EXPECT_EQ(due.more_skipped, 0);
}

TEST(Due, with_catch_up_the_oldest_missed_run_is_due) {
    Due due = look_for_due(table("@daily", "UTC"), utc("2026-11-20"), utc("2026-11-25", 9), true);
    EXPECT_EQ(due.run, utc("2026-11-21"));
    EXPECT_TRUE(due.skipped.empty());
    EXPECT_EQ(due.decided_ms, utc("2026-11-21"));
}

TEST(Due, a_jump_over_many_runs_is_told_in_bounded_space) {
    Due due = look_for_due(table("@hourly", "UTC"), utc("2026-01-01"), utc("2026-01-11"), false);
    EXPECT_EQ(due.skipped.size(), kSkipsTold);
    EXPECT_EQ(due.more_skipped, 240 - 1 - static_cast<std::int64_t>(kSkipsTold));
    EXPECT_EQ(due.last_skipped, utc("2026-01-10", 23));
    Due years =
        look_for_due(table("* * * * *", "UTC"), utc("1996-01-01"), utc("2026-01-01"), false);
    EXPECT_EQ(years.run, utc("2026-01-01"));
    EXPECT_EQ(years.more_skipped, kSkipsCounted);
}

TEST(Due, a_clock_put_back_makes_nothing_due_and_nothing_twice) {
    Timetable daily = table("@daily", "UTC");
    for (Timestamp back : {kMinuteMs, 86'400'000L, kClockBackMaxMs}) {
        Due due = look_for_due(daily, utc("2026-11-25"), utc("2026-11-25") - back, false);
        EXPECT_FALSE(due.run) << back;
        EXPECT_EQ(due.decided_ms, utc("2026-11-25"));
    }
    Due wrong = look_for_due(daily, utc("2090-01-01"), utc("2026-11-25", 9), false);
    EXPECT_TRUE(wrong.is_clock_wrong);
    EXPECT_FALSE(wrong.run);
    EXPECT_EQ(wrong.decided_ms, utc("2026-11-25", 9));
}

}  // namespace
}  // namespace pinflow::schedule
