// SPDX-License-Identifier: Apache-2.0
#include "schedule/cron.h"

#include <fmt/format.h>

#include <bit>
#include <chrono>
#include <span>
#include <utility>
#include <vector>

#include "base/text.h"

namespace pinflow::schedule {
namespace {

struct FieldRule {
    std::string_view name;
    int least;
    int most;
    std::span<const std::string_view> words;  // the first stands for `least`
};

constexpr std::string_view kMonthWords[] = {"jan", "feb", "mar", "apr", "may", "jun",
                                            "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::string_view kDayWords[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
constexpr int kSunday = 7;  // as well as 0

constexpr FieldRule kMinute{"minute", 0, 59, {}};
constexpr FieldRule kHour{"hour", 0, 23, {}};
constexpr FieldRule kDay{"day of month", 1, 31, {}};
constexpr FieldRule kMonth{"month", 1, 12, kMonthWords};
constexpr FieldRule kWeekday{"day of week", 0, kSunday, kDayWords};

constexpr std::pair<std::string_view, std::string_view> kNicknames[] = {
    {"@hourly", "0 * * * *"},  {"@daily", "0 0 * * *"},   {"@midnight", "0 0 * * *"},
    {"@weekly", "0 0 * * 0"},  {"@monthly", "0 0 1 * *"}, {"@yearly", "0 0 1 1 *"},
    {"@annually", "0 0 1 1 *"}};

std::string allowed(const FieldRule& rule) {
    std::string text = fmt::format("{} to {}", rule.least, rule.most);
    if (!rule.words.empty()) {
        text += fmt::format(", {} to {}", rule.words.front(), rule.words.back());
    }
    return text + "; lists 1,2, ranges 1-5 and steps */2, 1-9/2 of them";
}

std::unexpected<Error> complain(const FieldRule& rule, std::string_view item,
                                std::string_view problem) {
    return fail(Errc::invalid_argument, fmt::format("the {} field, '{}': {}; allowed are {}",
                                                    rule.name, item, problem, allowed(rule)));
}

Result<int> parse_number(const FieldRule& rule, std::string_view item, std::string_view text) {
    std::string word = to_lower(text);
    for (std::size_t at = 0; at < rule.words.size(); ++at) {
        if (word == rule.words[at]) return rule.least + static_cast<int>(at);
    }
    auto number = parse_int(text);
    if (!number) return complain(rule, item, fmt::format("'{}' is no number", text));
    if (*number < rule.least || *number > rule.most) {
        return complain(rule, item, fmt::format("{} is out of range", text));
    }
    return static_cast<int>(*number);
}

// "*", "4", "1-5" or "fri-sun" to its first and last.
Result<std::pair<int, int>> parse_range(const FieldRule& rule, std::string_view item,
                                        std::string_view range) {
    if (range == "*") return std::pair(rule.least, rule.most);
    std::size_t dash = range.find('-');
    TRY(int first, parse_number(rule, item, range.substr(0, dash)));
    if (dash == std::string_view::npos) return std::pair(first, first);
    TRY(int last, parse_number(rule, item, range.substr(dash + 1)));
    if (last == 0 && rule.most == kSunday && first > 0) last = kSunday;  // a week ends on Sunday
    if (last < first) return complain(rule, item, "the range runs backwards");
    return std::pair(first, last);
}

Result<std::uint64_t> parse_item(const FieldRule& rule, std::string_view item) {
    std::size_t slash = item.find('/');
    std::string_view range = item.substr(0, slash);
    TRY(auto ends, parse_range(rule, item, range));
    int step = 1;
    if (slash != std::string_view::npos) {
        auto number = parse_int(item.substr(slash + 1));
        if (!number || *number < 1 || *number > rule.most) {
            return complain(rule, item, fmt::format("a step is 1 to {}", rule.most));
        }
        if (range.find_first_of("*-") == std::string_view::npos) {
            return complain(rule, item,
                            fmt::format("a step goes over a range, such as {}-{}/{}", range,
                                        rule.most, *number));
        }
        step = static_cast<int>(*number);
    }
    std::uint64_t bits = 0;
    for (int at = ends.first; at <= ends.second; at += step) bits |= std::uint64_t{1} << at;
    return bits;
}

Result<std::uint64_t> parse_field(const FieldRule& rule, std::string_view field) {
    std::uint64_t bits = 0;
    for (std::string_view item : split(field, ',')) {
        TRY(std::uint64_t some, parse_item(rule, item));
        bits |= some;
    }
    return bits;
}

std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> words;
    while (true) {
        std::size_t begin = line.find_first_not_of(" \t");
        if (begin == std::string_view::npos) return words;
        std::size_t end = line.find_first_of(" \t", begin);
        words.push_back(line.substr(begin, end - begin));
        if (end == std::string_view::npos) return words;
        line = line.substr(end);
    }
}

Result<std::string_view> expand_nickname(std::string_view line) {
    std::vector<std::string> known;
    for (const auto& [name, meaning] : kNicknames) {
        if (to_lower(line) == name) return meaning;
        known.emplace_back(name);
    }
    auto nearest = nearest_word(line, known);
    return fail(Errc::invalid_argument,
                fmt::format("'{}' is not known; {}", line,
                            nearest ? fmt::format("did you mean '{}'?", *nearest)
                                    : "there are " + join(known, ", ")));
}

// A day that some chosen month has: where only the day of month counts there must be one.
Status check_fires(const Cron& cron) {
    constexpr int kDaysIn[] = {0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (!cron.is_day_free && !cron.is_weekday_free) return {};  // a weekday comes in every month
    for (int month = 1; month <= 12; ++month) {
        std::uint32_t days = (2u << kDaysIn[month]) - 2;  // bits 1 to kDaysIn
        if ((cron.months >> month & 1) != 0 && (cron.days & days) != 0) return {};
    }
    int month = std::countr_zero(cron.months);
    return fail(
        Errc::invalid_argument,
        fmt::format("the cron line '{}' never fires: there is no {} {}", cron.text,
                    kMonthWords[static_cast<std::size_t>(month) - 1], std::countr_zero(cron.days)));
}

bool matches_day(const Cron& cron, std::int64_t day) {
    std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(day))};
    if ((cron.months >> static_cast<unsigned>(date.month()) & 1) == 0) return false;
    std::chrono::weekday weekday{std::chrono::sys_days(date)};
    bool by_day = (cron.days >> static_cast<unsigned>(date.day()) & 1) != 0;
    bool by_weekday = (cron.weekdays >> weekday.c_encoding() & 1) != 0;
    if (cron.is_day_free || cron.is_weekday_free) return by_day && by_weekday;
    return by_day || by_weekday;
}

std::int64_t floor_day(LocalMinute at) {
    return at >= 0 ? at / kDayMinutes : (at + 1) / kDayMinutes - 1;
}

// The first time of day at or after `from` minutes, or nothing.
std::optional<int> next_time(const Cron& cron, int from) {
    for (int hour = from / 60; hour < 24; ++hour, from = 0) {
        if ((cron.hours >> hour & 1) == 0) continue;
        int minute = std::countr_zero(cron.minutes >> (from % 60) << (from % 60));
        if (minute < 60) return hour * 60 + minute;
    }
    return std::nullopt;
}

}  // namespace

Result<Cron> parse_cron(std::string_view line) {
    line = trim(line);
    std::string_view meaning = line;
    if (line.starts_with('@')) {
        TRY(meaning, expand_nickname(line));
    }
    auto words = words_of(meaning);
    if (words.size() != 5) {
        return fail(Errc::invalid_argument,
                    fmt::format("the cron line '{}' has {} fields; five are wanted (minute, hour, "
                                "day of month, month, day of week), or a word such as @daily",
                                line, words.size()));
    }
    Cron cron{.text = std::string(line)};
    TRY(cron.minutes, parse_field(kMinute, words[0]));
    TRY(auto hours, parse_field(kHour, words[1]));
    TRY(auto days, parse_field(kDay, words[2]));
    TRY(auto months, parse_field(kMonth, words[3]));
    TRY(auto weekdays, parse_field(kWeekday, words[4]));
    cron.hours = static_cast<std::uint32_t>(hours);
    cron.days = static_cast<std::uint32_t>(days);
    cron.months = static_cast<std::uint32_t>(months);
    cron.weekdays = static_cast<std::uint32_t>((weekdays | weekdays >> kSunday) & 0x7f);
    cron.is_day_free = words[2].starts_with('*');
    cron.is_weekday_free = words[4].starts_with('*');
    TRY_STATUS(check_fires(cron));
    return cron;
}

bool Cron::matches(LocalMinute at) const {
    auto minute = static_cast<int>(at - floor_day(at) * kDayMinutes);
    return (hours >> (minute / 60) & 1) != 0 && (minutes >> (minute % 60) & 1) != 0 &&
           matches_day(*this, floor_day(at));
}

std::optional<LocalMinute> next_match(const Cron& cron, LocalMinute from) {
    std::int64_t first = floor_day(from);
    for (std::int64_t day = first; day < first + kYearsAhead * 366; ++day) {
        if (!matches_day(cron, day)) continue;
        int begin = day == first ? static_cast<int>(from - day * kDayMinutes) : 0;
        if (auto time = next_time(cron, begin)) return day * kDayMinutes + *time;
    }
    return std::nullopt;
}

}  // namespace pinflow::schedule
