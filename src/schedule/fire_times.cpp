// SPDX-License-Identifier: Apache-2.0
#include "schedule/fire_times.h"

#include <algorithm>

namespace pinflow::schedule {
namespace {

constexpr Timestamp kDayMs = kDayMinutes * kMinuteMs;
// How far back the last firing is looked for, one after the other: most lines have it in the first.
constexpr Timestamp kLooksBackMs[] = {kDayMs / 24, kDayMs, 32 * kDayMs, 366 * kDayMs,
                                      kYearsAhead * 366 * kDayMs};

// first_moment_of() never falls as its argument rises, so what is not after `after_ms` yet is
// passed over; in the second coming of an hour that is that hour, once.
std::optional<Timestamp> next_fixed(const Timetable& timetable, Timestamp after_ms) {
    LocalMinute from = timetable.zone.local_of(after_ms) + 1;
    while (auto match = next_match(timetable.cron, from)) {
        Timestamp moment = timetable.zone.first_moment_of(*match);
        if (moment > after_ms) return moment;
        from = *match + 1;
    }
    return std::nullopt;
}

// Between two shifts the zone's clock runs like any other.
std::optional<Timestamp> next_shown(const Timetable& timetable, Timestamp after_ms) {
    Timestamp from = (after_ms / kMinuteMs + 1) * kMinuteMs;
    Timestamp until = after_ms + kYearsAhead * 366 * kDayMs;
    while (from < until) {
        LocalMinute shown = timetable.zone.local_of(from);
        auto match = next_match(timetable.cron, shown);
        if (!match) return std::nullopt;
        Timestamp moment = from + (*match - shown) * kMinuteMs;
        auto shift = timetable.zone.next_shift(from);
        if (!shift || moment < *shift) return moment;
        from = *shift;
    }
    return std::nullopt;
}

}  // namespace

std::optional<Timestamp> next_firing(const Timetable& timetable, Timestamp after_ms) {
    return timetable.cron.is_every_hour() ? next_shown(timetable, after_ms)
                                          : next_fixed(timetable, after_ms);
}

std::optional<Timestamp> last_firing(const Timetable& timetable, Timestamp from_ms,
                                     Timestamp until_ms) {
    for (Timestamp look_ms : kLooksBackMs) {
        Timestamp begin = std::max(from_ms - 1, until_ms - look_ms);
        auto found = next_firing(timetable, begin);
        if (found && *found <= until_ms) {
            for (auto next = found; next && *next <= until_ms;
                 next = next_firing(timetable, *next)) {
                found = next;
            }
            return found;
        }
        if (begin < from_ms) return std::nullopt;
    }
    return std::nullopt;
}

Timestamp logical_time_of(const std::optional<Cron>& cron, const Zone& zone, LocalMinute date) {
    Timestamp begin = zone.first_moment_of(date);
    if (!cron) return begin;
    auto firing = next_firing({*cron, zone}, begin - 1);
    Timestamp end = zone.first_moment_of(date + kDayMinutes);
    return firing && *firing < end ? *firing : begin;
}

}  // namespace pinflow::schedule
