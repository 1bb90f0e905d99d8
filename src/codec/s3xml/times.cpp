// SPDX-License-Identifier: Apache-2.0
#include "codec/s3xml/times.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

#include "base/text.h"

namespace pinflow::s3xml {
namespace {

using namespace std::chrono;

std::unexpected<Error> no_time(std::string_view text) {
    return fail(Errc::corrupt, fmt::format("'{}' is no time", text.substr(0, 40)));
}

// Digits alone: parse_int takes a sign too.
std::optional<int> number(std::string_view text, std::size_t at, std::size_t digits) {
    if (at + digits > text.size()) return std::nullopt;
    int value = 0;
    for (char c : text.substr(at, digits)) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + (c - '0');
    }
    return value;
}

std::optional<Timestamp> joined(std::optional<int> y, std::optional<int> mo, std::optional<int> d,
                                std::optional<int> h, std::optional<int> mi, std::optional<int> s) {
    if (!y || !mo || !d || !h || !mi || !s || *h > 23 || *mi > 59 || *s > 60) return std::nullopt;
    year_month_day day{year(*y), month(static_cast<unsigned>(*mo)),
                       std::chrono::day(static_cast<unsigned>(*d))};
    if (!day.ok()) return std::nullopt;
    auto time = sys_days(day) + hours(*h) + minutes(*mi) + seconds(*s);
    return duration_cast<milliseconds>(time.time_since_epoch()).count();
}

// ".5" is 500 ms.
std::optional<int> fraction_ms(std::string_view text) {
    if (text.empty()) return 0;
    if (text.front() != '.' || text.size() == 1) return std::nullopt;
    int value = 0;
    for (std::size_t i = 1; i < std::max<std::size_t>(text.size(), 4); ++i) {
        auto digit = i < text.size() ? number(text, i, 1) : std::optional<int>{0};
        if (!digit) return std::nullopt;
        if (i < 4) value = value * 10 + *digit;
    }
    return value;
}

}  // namespace

Result<Timestamp> parse_iso_time(std::string_view text) {
    constexpr std::size_t kSecondsBytes = 19;
    bool is_shaped = text.size() > kSecondsBytes && text[4] == '-' && text[7] == '-' &&
                     text[10] == 'T' && text[13] == ':' && text[16] == ':' && text.back() == 'Z';
    if (!is_shaped) return no_time(text);
    auto time = joined(number(text, 0, 4), number(text, 5, 2), number(text, 8, 2),
                       number(text, 11, 2), number(text, 14, 2), number(text, 17, 2));
    auto fraction = fraction_ms(text.substr(kSecondsBytes, text.size() - kSecondsBytes - 1));
    if (!time || !fraction) return no_time(text);
    return *time + *fraction;
}

Result<Timestamp> parse_http_time(std::string_view text) {
    constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    constexpr std::size_t kBytes = 29;
    if (text.size() != kBytes || !text.ends_with(" GMT") || text.substr(3, 2) != ", ")
        return no_time(text);
    auto month = std::ranges::find(kMonths, text.substr(8, 3));
    if (month == kMonths.end()) return no_time(text);
    auto time =
        joined(number(text, 12, 4), static_cast<int>(month - kMonths.begin()) + 1,
               number(text, 5, 2), number(text, 17, 2), number(text, 20, 2), number(text, 23, 2));
    if (!time) return no_time(text);
    return *time;
}

}  // namespace pinflow::s3xml
