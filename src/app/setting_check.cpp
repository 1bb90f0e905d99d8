// SPDX-License-Identifier: Apache-2.0
// What the table says about one name and one value.
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <cctype>
#include <vector>

#include "app/setting_table.h"
#include "base/text.h"
#include "schedule/cron.h"
#include "schedule/zone.h"

namespace pinflow::app {
namespace {

bool is_address(std::string_view value) {
    std::size_t colon = value.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return false;
    auto port = parse_int(value.substr(colon + 1));
    return port && *port >= 0 && *port <= 65535;
}

bool is_choice(const SettingSpec& spec, std::string_view value) {
    if (spec.choices.empty()) return false;
    auto choices = split(spec.choices, '|');
    return std::ranges::count(choices, value) > 0;
}

bool is_pattern(std::string_view value) {
    RE2 pattern({value.data(), value.size()}, RE2::Quiet);
    return pattern.ok();
}

Result<schedule::Zone> zone_of(std::string_view name) {
    return schedule::Zone::find(std::string(name));
}

// The value in the kind's own unit; nothing when it is none.
std::optional<std::int64_t> amount_of(const SettingSpec& spec, std::string_view value) {
    if (spec.kind == SettingKind::count) {
        auto number = parse_int(value);
        return number && *number >= 0 ? number : std::nullopt;
    }
    auto amount =
        spec.kind == SettingKind::duration ? parse_duration_ms(value) : parse_size_bytes(value);
    return amount ? std::optional(*amount) : std::nullopt;
}

bool is_amount(const SettingSpec& spec, std::string_view value) {
    if (is_choice(spec, value)) return true;
    auto amount = amount_of(spec, value);
    return amount && (spec.least.empty() || *amount >= amount_of(spec, spec.least).value());
}

bool is_right(const SettingSpec& spec, std::string_view value) {
    switch (spec.kind) {
        case SettingKind::text:
        case SettingKind::path:
        case SettingKind::url:
        case SettingKind::secret: return value.find('\0') == std::string_view::npos;
        case SettingKind::pattern: return is_pattern(value);
        case SettingKind::address: return is_address(value);
        case SettingKind::cron: return is_choice(spec, value) || schedule::parse_cron(value);
        case SettingKind::time_zone: return value.empty() || zone_of(value);
        case SettingKind::boolean: return value == "true" || value == "false";
        case SettingKind::count:
        case SettingKind::duration:
        case SettingKind::size: return is_amount(spec, value);
        case SettingKind::choice: return is_choice(spec, value);
    }
    return false;
}

std::string wanted_amount(const SettingSpec& spec, std::string_view of_its_kind) {
    std::string wanted(of_its_kind);
    if (!spec.least.empty()) wanted += fmt::format(", {} at least", spec.least);
    for (std::string_view choice : split(spec.choices, '|'))
        if (!choice.empty()) wanted += fmt::format(", or {}", choice);
    return wanted;
}

}  // namespace

const SettingSpec* find_setting(std::string_view name) {
    for (const SettingSpec& spec : setting_specs()) {
        if (spec.name == name || (!spec.alias.empty() && spec.alias == name)) return &spec;
    }
    return nullptr;
}

std::unexpected<Error> unknown_setting(std::string_view name) {
    std::vector<std::string> known;
    for (const SettingSpec& spec : setting_specs()) {
        known.emplace_back(spec.name);
        std::string section(spec.name.substr(0, spec.name.find('.')));
        if (!name.contains('.') && (known.size() < 2 || known[known.size() - 2] != section))
            known.push_back(section);
    }
    std::string message = fmt::format("unknown setting '{}'", name);
    if (auto nearest = nearest_word(name, known))
        message += fmt::format(", did you mean '{}'?", *nearest);
    return fail(Errc::invalid_argument, message + " ('pinflow config sample' lists them all)");
}

std::string secret_file_setting(const SettingSpec& spec) {
    if (spec.kind == SettingKind::secret) return fmt::format("{}_file", spec.name);
    return fmt::format("{}.password_file", spec.name.substr(0, spec.name.rfind('.')));
}

std::string wanted_value(const SettingSpec& spec) {
    switch (spec.kind) {
        case SettingKind::text:
        case SettingKind::path:
        case SettingKind::secret: return "a text";
        case SettingKind::url: return "a URL or a path";
        case SettingKind::pattern: return "a regular expression (RE2's grammar)";
        case SettingKind::address: return "an address such as 127.0.0.1:8082";
        case SettingKind::cron:
            return wanted_amount(spec, "a cron line such as 0 6 * * 1-5 or @daily");
        case SettingKind::time_zone: return "a time zone such as Europe/Berlin";
        case SettingKind::boolean: return "true or false";
        case SettingKind::count: return wanted_amount(spec, "a whole number from 0 up");
        case SettingKind::duration:
            return wanted_amount(spec, "a duration with a unit, such as 500ms, 10s, 5m, 2h or 7d");
        case SettingKind::size:
            return wanted_amount(spec, "a size with a unit, such as 100B, 512KiB, 64MiB or 1GiB");
        case SettingKind::choice: return fmt::format("one of {}", spec.choices);
    }
    return "";
}

bool holds_password(std::string_view url) {
    std::size_t scheme = url.find("://");
    if (scheme == std::string_view::npos) return false;
    std::string_view authority = url.substr(scheme + 3);
    authority = authority.substr(0, authority.find_first_of("/?#"));
    std::size_t at = authority.rfind('@');
    return at != std::string_view::npos && authority.substr(0, at).contains(':');
}

Status check_setting_value(const SettingSpec& spec, std::string_view value) {
    if (is_right(spec, value)) return {};
    std::string subject = fmt::format("setting '{}'", spec.name);
    if (spec.kind == SettingKind::cron)  // which field it is, the parser knows
        return with_context(schedule::parse_cron(value).error(), subject);
    if (spec.kind == SettingKind::time_zone) return with_context(zone_of(value).error(), subject);
    return fail(Errc::invalid_argument,
                fmt::format("{}: '{}' is not {}", subject,
                            spec.kind == SettingKind::secret ? "***" : value, wanted_value(spec)));
}

std::string environment_name(const SettingSpec& spec) {
    std::string name = "PINFLOW_";
    for (char c : spec.name) {
        if (c == '.') {
            name += "__";
        } else {
            name += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        }
    }
    return name;
}

}  // namespace pinflow::app
