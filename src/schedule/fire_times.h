// SPDX-License-Identifier: Apache-2.0
// When a cron line fires in a zone. docs/decisions/0008 gives the rules; in short: a line with
// fixed hours fires once for each time it names, at the first moment at which the zone's clock has
// reached it (so a time that a shift leaves out fires right after the shift, and one that comes
// twice fires at its first coming). A line for every hour fires whenever the clock shows its
// minute.
#pragma once

#include <optional>

#include "record/record.h"
#include "schedule/cron.h"
#include "schedule/zone.h"

namespace pinflow::schedule {

struct Timetable {
    Cron cron;
    Zone zone = Zone::utc();

    // "@daily|Europe/Berlin": under which the run book keeps what was decided.
    std::string name() const { return cron.text + "|" + zone.name(); }
};

// The first firing after `after_ms`; nothing if there is none in kYearsAhead years.
std::optional<Timestamp> next_firing(const Timetable& timetable, Timestamp after_ms);

// The last firing at or before `until_ms`, looked for as far back as `from_ms`.
std::optional<Timestamp> last_firing(const Timetable& timetable, Timestamp from_ms,
                                     Timestamp until_ms);

// The logical time of a run of that date: its first firing, or the date's first moment when the
// line does not fire then.
Timestamp logical_time_of(const std::optional<Cron>& cron, const Zone& zone, LocalMinute date);

}  // namespace pinflow::schedule
