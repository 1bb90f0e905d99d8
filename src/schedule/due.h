// SPDX-License-Identifier: Apache-2.0
// Which runs are due: the schedule's decision as a value. Pure: it is told the time.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "schedule/fire_times.h"

namespace pinflow::schedule {

inline constexpr std::size_t kSkipsTold = 100;  // one by one; what is above is told as a range
inline constexpr std::int64_t kSkipsCounted = 10'000;
// A clock that stands further behind what was decided had been wrong before: it is believed now.
inline constexpr Timestamp kClockBackMaxMs = 36 * 3'600'000;

struct Due {
    std::optional<Timestamp> run;    // to be run now
    std::vector<Timestamp> skipped;  // told one by one, in order, before `run`
    std::int64_t more_skipped = 0;   // after those: kSkipsCounted is "that many or more"
    Timestamp last_skipped = 0;      // the last of the further ones
    Timestamp decided_ms = 0;        // the mark after this decision
    bool is_clock_wrong = false;     // the mark was far ahead of the clock, and is set back
};

// `decided_ms`: the mark; nothing when this schedule was never seen: then the past has no runs.
// With `catch_up` the oldest missed firing is due, and the mark goes there; without, the newest is,
// and those before it are skipped. A clock that was put back makes nothing due.
Due look_for_due(const Timetable& timetable, std::optional<Timestamp> decided_ms, Timestamp now_ms,
                 bool catch_up);

}  // namespace pinflow::schedule
