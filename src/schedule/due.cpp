// SPDX-License-Identifier: Apache-2.0
#include "schedule/due.h"

namespace pinflow::schedule {
namespace {

// The newest of the firings after the mark; what is before it is skipped.
Due newest_due(const Timetable& timetable, Timestamp decided_ms, Timestamp now_ms) {
    Due due{.decided_ms = decided_ms};
    auto newest = last_firing(timetable, decided_ms + 1, now_ms);
    if (!newest) return due;
    due.run = newest;
    due.decided_ms = *newest;
    auto at = next_firing(timetable, decided_ms);
    for (; at && *at < *newest; at = next_firing(timetable, *at)) {
        if (due.skipped.size() < kSkipsTold) {
            due.skipped.push_back(*at);
        } else if (++due.more_skipped < kSkipsCounted) {
            due.last_skipped = *at;
        } else {
            due.last_skipped = *newest - 1;
            break;
        }
    }
    return due;
}

}  // namespace

Due look_for_due(const Timetable& timetable, std::optional<Timestamp> decided_ms, Timestamp now_ms,
                 bool catch_up) {
    if (!decided_ms) return {.decided_ms = now_ms};
    if (*decided_ms - now_ms > kClockBackMaxMs) {
        return {.decided_ms = now_ms, .is_clock_wrong = true};
    }
    if (!catch_up) return newest_due(timetable, *decided_ms, now_ms);
    auto oldest = next_firing(timetable, *decided_ms);
    if (!oldest || *oldest > now_ms) return {.decided_ms = *decided_ms};
    return {.run = oldest, .decided_ms = *oldest};
}

}  // namespace pinflow::schedule
