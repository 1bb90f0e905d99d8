// SPDX-License-Identifier: Apache-2.0
#include "schedule/cron.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <random>

#include "schedule/zone.h"

namespace pinflow::schedule {
namespace {

using testing::HasSubstr;

Cron cron(std::string_view line) {
    auto parsed = parse_cron(line);
    EXPECT_TRUE(parsed) << line << ": " << parsed.error().text;
    return parsed ? *parsed : Cron{};
}

std::string problem(std::string_view line) {
    auto parsed = parse_cron(line);
    return parsed ? "no error" : parsed.error().text;
}

LocalMinute at(std::string_view date, int hour, int minute) {
    return *parse_date(date) + hour * 60 + minute;
}

TEST(Cron, words_and_fields_say_the_same) {
    for (auto [word, line] : {std::pair("@daily", "0 0 * * *"),
                              {"@midnight", "0 0 * * *"},
                              {"@hourly", "0 * * * *"},
                              {"@weekly", "0 0 * * sun"},
                              {"@monthly", "0 0 1 * *"},
                              {"@YEARLY", "0 0 1 jan *"},
                              {"0 0 * * 7", "0 0 * * 0"},
                              {" 0\t0  * * Mon-FRI ", "0 0 * * 1-5"},
                              {"0 0 * * fri-sun", "0 0 * * 0,5,6"},
                              {"0 0 * * 1-7", "0 0 * * 0-6"},
                              {"*/20 1-9/4 * * *", "0,20,40 1,5,9 * * *"}}) {
        Cron one = cron(word), other = cron(line);
        EXPECT_EQ(one.minutes, other.minutes) << word;
        EXPECT_EQ(one.hours, other.hours) << word;
        EXPECT_EQ(one.days, other.days) << word;
        EXPECT_EQ(one.months, other.months) << word;
        EXPECT_EQ(one.weekdays, other.weekdays) << word;
    }
}

TEST(Cron, an_error_names_the_field_what_stands_there_and_what_may) {
    EXPECT_THAT(problem("60 0 * * *"), HasSubstr("minute field, '60': 60 is out of range"));
    EXPECT_THAT(problem("60 0 * * *"), HasSubstr("0 to 59"));
    EXPECT_THAT(problem("0 24 * * *"), HasSubstr("hour field"));
    EXPECT_THAT(problem("0 0 0 * *"), HasSubstr("day of month field, '0'"));
    EXPECT_THAT(problem("0 0 * foo *"), HasSubstr("month field, 'foo': 'foo' is no number"));
    EXPECT_THAT(problem("0 0 * * 8"), HasSubstr("sun to sat"));
    EXPECT_THAT(problem("0 5-1 * * *"), HasSubstr("runs backwards"));
    EXPECT_THAT(problem("*/0 * * * *"), HasSubstr("a step is 1 to 59"));
    EXPECT_THAT(problem("*/60 * * * *"), HasSubstr("a step is 1 to 59"));
    EXPECT_THAT(problem("5/15 * * * *"), HasSubstr("such as 5-59/15"));
    EXPECT_THAT(problem("0 0 * *"), HasSubstr("has 4 fields; five are wanted"));
    EXPECT_THAT(problem("0 0 0 * * *"), HasSubstr("has 6 fields"));
    EXPECT_THAT(problem(""), HasSubstr("has 0 fields"));
    EXPECT_THAT(problem("@dayly"), HasSubstr("did you mean '@daily'?"));
    EXPECT_THAT(problem("@every 10m"), HasSubstr("is not known"));
    EXPECT_THAT(problem("1,,2 * * * *"), HasSubstr("minute field"));
    EXPECT_THAT(problem("1- * * * *"), HasSubstr("minute field"));
    EXPECT_THAT(problem("-1 * * * *"), HasSubstr("minute field"));
    EXPECT_THAT(problem("0 0 L * *"), HasSubstr("day of month field, 'L'"));
}

TEST(Cron, a_line_that_never_fires_is_refused_by_name) {
    EXPECT_THAT(problem("0 0 30 2 *"), HasSubstr("'0 0 30 2 *' never fires: there is no feb 30"));
    EXPECT_THAT(problem("0 0 31 apr,jun *"), HasSubstr("there is no apr 31"));
    EXPECT_THAT(problem("0 0 31 2 */2"), HasSubstr("never fires"));
    EXPECT_EQ(problem("0 0 30 2 mon"), "no error");  // on Mondays of February
    EXPECT_EQ(problem("0 0 29 2 *"), "no error");
    EXPECT_EQ(problem("0 0 31 2,3 *"), "no error");
}

// crontab(5): "If both fields are restricted (i.e., do not contain the "*" character), the command
// will be run when either field matches the current time."
TEST(Cron, of_a_day_of_month_and_a_day_of_week_either_will_do_as_in_vixies_cron) {
    Cron either = cron("30 4 1,15 * 5");
    EXPECT_TRUE(either.matches(at("2026-05-01", 4, 30)));  // the 1st, a Friday
    EXPECT_TRUE(either.matches(at("2026-05-15", 4, 30)));
    EXPECT_TRUE(either.matches(at("2026-05-08", 4, 30)));  // a Friday
    EXPECT_TRUE(either.matches(at("2026-06-01", 4, 30)));  // a Monday, the 1st
    EXPECT_FALSE(either.matches(at("2026-06-02", 4, 30)));
    Cron both = cron("0 0 */2 * mon");  // a field that begins with a star is not restricted
    EXPECT_TRUE(both.matches(at("2026-06-01", 0, 0)));
    EXPECT_FALSE(both.matches(at("2026-06-08", 0, 0)));  // a Monday, an even day
    EXPECT_FALSE(both.matches(at("2026-06-03", 0, 0)));  // an odd day, no Monday
}

TEST(Cron, the_rarest_lines_are_found_across_the_centuries_exception) {
    EXPECT_EQ(next_match(cron("0 0 29 2 *"), at("2096-03-01", 0, 0)), at("2104-02-29", 0, 0));
    EXPECT_EQ(next_match(cron("5 6 29 2 */7"), at("2076-03-01", 0, 0)), at("2088-02-29", 6, 5));
    EXPECT_EQ(next_match(cron("0 0 * * *"), at("2026-11-25", 0, 0)), at("2026-11-25", 0, 0));
    EXPECT_EQ(next_match(cron("0 0 * * *"), at("2026-12-31", 0, 1)), at("2027-01-01", 0, 0));
}

std::string random_field(std::mt19937& dice, int least, int most) {
    auto roll = [&](int first, int last) {
        return std::uniform_int_distribution(first, last)(dice);
    };
    std::string text;
    for (int items = roll(1, 3); items > 0; --items) {
        if (!text.empty()) text += ",";
        int first = roll(least, most), last = roll(first, most), step = roll(1, most);
        switch (roll(0, 4)) {
            case 0: text += "*"; break;
            case 1: text += fmt::format("*/{}", step); break;
            case 2: text += fmt::format("{}-{}", first, last); break;
            case 3: text += fmt::format("{}-{}/{}", first, last, step); break;
            default: text += fmt::format("{}", first);
        }
    }
    return text;
}

// A reading of the same text that shares nothing with the parser: every value is asked one by one.
bool field_has(const std::string& field, int value, int least, int most, bool is_week = false) {
    std::size_t begin = 0;
    while (begin <= field.size()) {
        std::size_t end = std::min(field.find(',', begin), field.size());
        std::string item = field.substr(begin, end - begin);
        begin = end + 1;
        int first = least, last = most, step = 1;
        if (item[0] != '*') {
            char* rest = nullptr;
            first = last = static_cast<int>(std::strtol(item.c_str(), &rest, 10));
            if (*rest == '-') last = static_cast<int>(std::strtol(rest + 1, nullptr, 10));
        }
        if (auto slash = item.find('/'); slash != item.npos)
            step = std::stoi(item.substr(slash + 1));
        for (int at = first; at <= last; at += step) {
            if (at == value || (is_week && at == 7 && value == 0)) return true;
        }
    }
    return false;
}

TEST(Cron, any_line_agrees_with_a_slow_reading_of_it) {
    std::mt19937 dice(20'261'125);
    for (int round = 0; round < 400; ++round) {
        std::string fields[] = {random_field(dice, 0, 59), random_field(dice, 0, 23),
                                random_field(dice, 1, 31), random_field(dice, 1, 12),
                                random_field(dice, 0, 7)};
        std::string line = fmt::format("{}", fmt::join(fields, " "));
        auto parsed = parse_cron(line);
        if (!parsed) {
            EXPECT_THAT(parsed.error().text, HasSubstr("never fires")) << line;
            continue;
        }
        std::int64_t day = std::uniform_int_distribution(0, 40'000)(dice);
        for (int tries = 0; tries < 40; ++tries, ++day) {
            std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(day))};
            int minute = std::uniform_int_distribution(0, 1'439)(dice);
            bool by_day =
                field_has(fields[2], static_cast<int>(static_cast<unsigned>(date.day())), 1, 31);
            auto weekday = std::chrono::weekday(std::chrono::sys_days(date)).c_encoding();
            bool by_week = field_has(fields[4], static_cast<int>(weekday), 0, 7, true);
            bool is_and = fields[2][0] == '*' || fields[4][0] == '*';
            bool expected =
                field_has(fields[0], minute % 60, 0, 59) &&
                field_has(fields[1], minute / 60, 0, 23) &&
                field_has(fields[3], static_cast<int>(static_cast<unsigned>(date.month())), 1,
                          12) &&
                (is_and ? by_day && by_week : by_day || by_week);
            EXPECT_EQ(parsed->matches(day * kDayMinutes + minute), expected)
                << line << " day " << day;
        }
    }
}

TEST(Cron, the_next_match_is_the_first_minute_that_matches) {
    std::mt19937 dice(7);
    for (int round = 0; round < 300; ++round) {
        std::string line =
            fmt::format("{} {} {} * {}", random_field(dice, 0, 59), random_field(dice, 0, 23),
                        random_field(dice, 1, 31), random_field(dice, 0, 6));
        Cron one = cron(line);
        LocalMinute from = std::uniform_int_distribution<LocalMinute>(0, 30'000'000)(dice);
        auto next = next_match(one, from);
        if (!next) {
            ADD_FAILURE() << line << " has no next match";
            continue;
        }
        LocalMinute slow = from;
        while (!one.matches(slow) && slow < from + 40 * kDayMinutes) ++slow;
        if (slow < from + 40 * kDayMinutes) EXPECT_EQ(*next, slow) << line << " from " << from;
        EXPECT_TRUE(one.matches(*next)) << line;
    }
}

}  // namespace
}  // namespace pinflow::schedule
