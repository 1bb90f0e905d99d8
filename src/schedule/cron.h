// SPDX-License-Identifier: Apache-2.0
// A cron line as a value. Five fields (minute, hour, day of month, month, day of week) with lists,
// ranges, steps and English names; 7 is Sunday too; or @hourly @daily @midnight @weekly @monthly
// @yearly @annually. Pure: it knows calendars, no clock and no zone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pinflow::schedule {

// Minutes since 1970-01-01 00:00 on a clock that never shifts; what zones make of it is zone.h's.
using LocalMinute = std::int64_t;
inline constexpr LocalMinute kDayMinutes = 24 * 60;

struct Cron {
    std::string text;           // as it was written
    std::uint64_t minutes = 0;  // bit n: at minute n
    std::uint32_t hours = 0;
    std::uint32_t days = 0;      // of the month, from bit 1
    std::uint32_t months = 0;    // from bit 1
    std::uint32_t weekdays = 0;  // bit 0: Sunday
    // The field begins with a star. Of two fields without one, either will do: the rule of Vixie's
    // cron (crontab(5): "If both fields are restricted …").
    bool is_day_free = false;
    bool is_weekday_free = false;

    bool matches(LocalMinute at) const;
    bool is_every_hour() const { return hours == (1u << 24) - 1; }
};

// invalid_argument names the field, what stands there and what may; also for a line that never
// fires, such as the 30th of February.
Result<Cron> parse_cron(std::string_view line);

// The first match at or after `from`; nothing if there is none in kYearsAhead years.
std::optional<LocalMinute> next_match(const Cron& cron, LocalMinute from);

// The rarest line, a Sunday that is the 29th of February, comes after 40 years at most.
inline constexpr int kYearsAhead = 50;

}  // namespace pinflow::schedule
