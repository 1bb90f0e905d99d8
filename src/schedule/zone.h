// SPDX-License-Identifier: Apache-2.0
// A time zone of the system's tz database. The only file that knows cctz is zone.cpp.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "record/record.h"
#include "schedule/cron.h"

namespace pinflow::schedule {

inline constexpr std::int64_t kMinuteMs = 60'000;

// A value, cheap to copy; any thread.
class Zone final {
public:
    // "Europe/Berlin". not_found gives the nearest name.
    static Result<Zone> find(const std::string& name);
    static Zone utc();

    const std::string& name() const { return name_; }

    // What the zone's clock shows, in whole minutes.
    LocalMinute local_of(Timestamp at_ms) const;

    // The first moment at which the zone's clock shows `local`. A time that is left out by a shift
    // forward: the first moment after the shift. One that comes twice: its first.
    Timestamp first_moment_of(LocalMinute local) const;

    // The next moment after `at_ms` at which the offset changes, if there is one.
    std::optional<Timestamp> next_shift(Timestamp at_ms) const;

    std::string date_of(Timestamp at_ms) const;  // "2026-11-25"
    std::string text_of(Timestamp at_ms) const;  // "2026-11-25 00:00 Europe/Berlin"

private:
    struct Rules;
    Zone(std::string name, std::shared_ptr<const Rules> rules)
        : name_(std::move(name)), rules_(std::move(rules)) {}

    std::string name_;
    std::shared_ptr<const Rules> rules_;  // immutable; shared by the copies of this value
};

// "2026-11-25" as its first minute on a local clock. invalid_argument for what is no date.
Result<LocalMinute> parse_date(std::string_view date);
std::string format_date(LocalMinute local);

}  // namespace pinflow::schedule
