// SPDX-License-Identifier: Apache-2.0
#include "engine/parquet_stats.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cmath>

#include "base/text.h"
#include "codec/json/writer.h"
#include "engine/sql_text.h"

namespace pinflow::engine {
namespace {

std::string json_string(std::string_view text) {
    std::string quoted;
    json::append_string(quoted, text);
    return quoted;
}

std::optional<std::string> float_bound(std::string_view text) {
    double value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    bool whole = error == std::errc{} && end == text.data() + text.size();
    if (!whole || !std::isfinite(value)) return std::nullopt;  // JSON knows no infinity
    return std::string(text);
}

std::optional<std::string> boolean_bound(std::string_view text) {
    if (text == "1" || text == "true") return "true";
    if (text == "0" || text == "false") return "false";
    return std::nullopt;
}

std::optional<std::string> bound(ColumnType type, std::string_view text, bool is_upper) {
    switch (type) {
        case ColumnType::boolean: return boolean_bound(text);
        case ColumnType::int32:
        case ColumnType::int64:
            if (!parse_int(text)) return std::nullopt;
            return std::string(text);
        case ColumnType::float64: return float_bound(text);
        // Long texts arrive cut at 256 bytes, the maximum rounded up: bounds all the same.
        case ColumnType::text: return json_string(text);
        case ColumnType::timestamp: return timestamp_bound(text, is_upper);
        case ColumnType::binary:
        case ColumnType::float64_list: return std::nullopt;
    }
    return std::nullopt;
}

const std::string* value_of(const CopyStats& stats, std::string_view name) {
    auto found = stats.find(name);
    return found == stats.end() ? nullptr : &found->second;
}

ColumnStats stats_of(const Field& field, const CopyStats& copy) {
    ColumnStats stats{.column = field.name};
    if (const std::string* nulls = value_of(copy, "null_count"))
        stats.null_count = parse_int(*nulls).value_or(0);
    // NaN is beyond every number for some readers and below for others: no bound holds then.
    const std::string* has_nan = value_of(copy, "has_nan");
    if (has_nan != nullptr && *has_nan == "true") return stats;
    if (const std::string* min = value_of(copy, "min"))
        stats.min_json = bound(field.type, *min, false);
    if (const std::string* max = value_of(copy, "max"))
        stats.max_json = bound(field.type, *max, true);
    return stats;
}

// "YYYY-MM-DD hh:mm:ss" at the front of `text`, in milliseconds; nothing if it is not there.
std::optional<std::int64_t> parse_seconds_ms(std::string_view text) {
    constexpr std::string_view kShape = "dddd-dd-dd dd:dd:dd";
    if (text.size() < kShape.size()) return std::nullopt;
    for (std::size_t at = 0; at < kShape.size(); ++at) {
        bool digit = text[at] >= '0' && text[at] <= '9';
        if (kShape[at] == 'd' ? !digit : text[at] != kShape[at]) return std::nullopt;
    }
    auto number = [&](std::size_t at, std::size_t count) {
        return static_cast<int>(*parse_int(text.substr(at, count)));
    };
    std::chrono::year_month_day day{std::chrono::year{number(0, 4)},
                                    std::chrono::month{static_cast<unsigned>(number(5, 2))},
                                    std::chrono::day{static_cast<unsigned>(number(8, 2))}};
    if (!day.ok()) return std::nullopt;
    std::chrono::milliseconds since_1970 = std::chrono::sys_days{day}.time_since_epoch();
    return since_1970.count() +
           1000 * (3600 * number(11, 2) + 60 * number(14, 2) + std::int64_t{number(17, 2)});
}

// Nothing past the year 9999, which a rounded bound may reach.
std::optional<std::string> iso_ms(std::int64_t unix_ms) {
    std::chrono::sys_time<std::chrono::milliseconds> time{std::chrono::milliseconds{unix_ms}};
    auto day = std::chrono::floor<std::chrono::days>(time);
    std::chrono::year_month_day date{day};
    if (date.year() > std::chrono::year{9999}) return std::nullopt;
    std::chrono::hh_mm_ss clock{time - day};
    return fmt::format("\"{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z\"",
                       static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()), clock.hours().count(),
                       clock.minutes().count(), clock.seconds().count(),
                       clock.subseconds().count());
}

}  // namespace

std::vector<ColumnStats> column_stats(const Schema& schema,
                                      const std::map<std::string, CopyStats>& by_path) {
    std::vector<ColumnStats> stats;
    for (const Field& field : schema) {
        auto found = by_path.find(quote_name(field.name));
        // A list's null_count counts its items, not the rows without a list: nothing to say.
        if (found != by_path.end()) stats.push_back(stats_of(field, found->second));
    }
    return stats;
}

std::optional<std::string> timestamp_bound(std::string_view text, bool is_upper) {
    constexpr std::size_t kSecondsEnd = 19;
    constexpr std::string_view kUtc = "+00";
    auto unix_ms = parse_seconds_ms(text);
    if (!unix_ms || !text.ends_with(kUtc)) return std::nullopt;
    std::string_view fraction = text.substr(kSecondsEnd, text.size() - kSecondsEnd - kUtc.size());
    std::int64_t micros = 0;
    if (!fraction.empty()) {
        if (fraction.front() != '.' || fraction.size() > 7) return std::nullopt;
        std::string digits(fraction.substr(1));
        digits.resize(6, '0');
        auto parsed = parse_int(digits);
        if (!parsed || *parsed < 0) return std::nullopt;
        micros = *parsed;
    }
    bool cut = micros % 1000 != 0;
    return iso_ms(*unix_ms + micros / 1000 + (cut && is_upper ? 1 : 0));
}

}  // namespace pinflow::engine
