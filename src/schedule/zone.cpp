// SPDX-License-Identifier: Apache-2.0
#include "schedule/zone.h"

#include <cctz/civil_time.h>
#include <cctz/time_zone.h>
#include <fmt/format.h>

#include <cctype>
#include <chrono>
#include <filesystem>
#include <vector>

#include "base/text.h"

namespace pinflow::schedule {
namespace {

namespace fs = std::filesystem;
using Moment = std::chrono::time_point<std::chrono::system_clock, cctz::seconds>;

constexpr const char* kZoneDirectory = "/usr/share/zoneinfo";
constexpr std::size_t kZonesMax = 4'096;  // there are about 600

Moment moment_of(Timestamp at_ms) {
    return std::chrono::time_point_cast<cctz::seconds>(std::chrono::floor<std::chrono::seconds>(
        std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(at_ms))));
}

Timestamp timestamp_of(Moment moment) { return moment.time_since_epoch().count() * 1'000; }

LocalMinute local_minute(const cctz::civil_second& civil) {
    return cctz::civil_minute(civil) - cctz::civil_minute(1970, 1, 1, 0, 0);
}

cctz::civil_second civil_of(LocalMinute local) {
    return cctz::civil_second(cctz::civil_minute(1970, 1, 1, 0, 0) + local);
}

// Names begin with a capital: the database's tables and its "posix" and "right" copies do not.
std::vector<std::string> zone_names() {
    std::vector<std::string> names;
    std::error_code error;
    fs::recursive_directory_iterator at(kZoneDirectory, error);
    for (; !error && at != fs::end(at) && names.size() < kZonesMax; at.increment(error)) {
        std::string name = at->path().lexically_relative(kZoneDirectory).string();
        if (std::isupper(static_cast<unsigned char>(name.front())) == 0) {
            at.disable_recursion_pending();
        } else if (at->is_regular_file(error)) {
            names.push_back(std::move(name));
        }
    }
    return names;
}

std::unexpected<Error> unknown_zone(const std::string& name) {
    auto names = zone_names();
    if (names.empty()) {
        return fail(Errc::not_found, fmt::format("time zone '{}': {} has no zones; install tzdata",
                                                 name, kZoneDirectory));
    }
    for (std::string_view before : {"", "/"}) {  // "utc", then "berlin"
        for (const std::string& known : names) {
            std::string wanted = std::string(before) + to_lower(name);
            bool is_it =
                before.empty() ? to_lower(known) == wanted : to_lower(known).ends_with(wanted);
            if (!is_it) continue;
            return fail(Errc::not_found,
                        fmt::format("unknown time zone '{}', did you mean '{}'?", name, known));
        }
    }
    auto nearest = nearest_word(name, names);
    return fail(Errc::not_found,
                fmt::format("unknown time zone '{}'{}", name,
                            nearest ? fmt::format(", did you mean '{}'?", *nearest)
                                    : "; names are as in Europe/Berlin, America/New_York, UTC"));
}

}  // namespace

struct Zone::Rules {
    cctz::time_zone zone;
};

Result<Zone> Zone::find(const std::string& name) {
    auto rules = std::make_shared<Rules>();
    // cctz also takes "localtime", "libc:…" and the like: what the machine is set to is no
    // schedule.
    bool is_name = !name.empty() && std::isupper(static_cast<unsigned char>(name.front())) != 0 &&
                   !name.contains("..") && !name.starts_with("Fixed/");
    if (!is_name || !cctz::load_time_zone(name, &rules->zone)) return unknown_zone(name);
    return Zone(name, std::move(rules));
}

Zone Zone::utc() { return Zone("UTC", std::make_shared<Rules>(cctz::utc_time_zone())); }

LocalMinute Zone::local_of(Timestamp at_ms) const {
    return local_minute(rules_->zone.lookup(moment_of(at_ms)).cs);
}

Timestamp Zone::first_moment_of(LocalMinute local) const {
    auto found = rules_->zone.lookup(civil_of(local));
    bool is_skipped = found.kind == cctz::time_zone::civil_lookup::SKIPPED;
    return timestamp_of(is_skipped ? found.trans : found.pre);
}

std::optional<Timestamp> Zone::next_shift(Timestamp at_ms) const {
    cctz::time_zone::civil_transition shift;
    Moment from = moment_of(at_ms);
    if (!rules_->zone.next_transition(from, &shift)) return std::nullopt;
    return timestamp_of(rules_->zone.lookup(shift.to).trans);
}

std::string Zone::date_of(Timestamp at_ms) const { return format_date(local_of(at_ms)); }

std::string Zone::text_of(Timestamp at_ms) const {
    auto civil = rules_->zone.lookup(moment_of(at_ms)).cs;
    return fmt::format("{} {:02}:{:02} {}", date_of(at_ms), civil.hour(), civil.minute(), name_);
}

std::string format_date(LocalMinute local) {
    auto civil = civil_of(local);
    return fmt::format("{:04}-{:02}-{:02}", civil.year(), civil.month(), civil.day());
}

Result<LocalMinute> parse_date(std::string_view date) {
    auto wrong = [&] {
        return fail(Errc::invalid_argument,
                    fmt::format("'{}' is no date; write it as 2026-11-25", date));
    };
    auto parts = split(date, '-');
    if (date.size() != 10 || parts.size() != 3 || parts[0].size() != 4 || parts[1].size() != 2) {
        return wrong();
    }
    auto year = parse_int(parts[0]), month = parse_int(parts[1]), day = parse_int(parts[2]);
    if (!year || !month || !day) return wrong();
    auto civil = cctz::civil_day(*year, *month, *day);
    if (civil.month() != *month || civil.day() != *day) return wrong();  // there is no 31 April
    return local_minute(cctz::civil_second(civil));
}

}  // namespace pinflow::schedule
