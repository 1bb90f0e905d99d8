// SPDX-License-Identifier: Apache-2.0
#include "app/settings.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/text.h"

namespace pinflow::app {

Settings::Settings() {
    for (const SettingSpec& spec : setting_specs())
        values_.emplace(spec.name, Value{std::string(spec.initial), std::string(kByDefault)});
}

Status Settings::set(std::string_view name, std::string_view value, std::string_view origin) {
    const SettingSpec* spec = find_setting(name);
    if (spec == nullptr) return unknown_setting(name);
    bool is_secret = spec->kind == SettingKind::secret ||
                     (spec->kind == SettingKind::url && holds_password(value));
    if (is_secret && origin == kByFlag) {
        return fail(Errc::invalid_argument,
                    fmt::format("'{}' holds a secret, and a command line is seen by others: put it "
                                "in a file that {} names, or in the environment as {}",
                                spec->name, secret_file_setting(*spec), environment_name(*spec)));
    }
    TRY_STATUS(check_setting_value(*spec, value));
    values_.find(spec->name)->second = {std::string(value), std::string(origin)};
    return {};
}

std::vector<std::string> Settings::changed() const {
    std::vector<std::string> changes;
    for (const SettingSpec& spec : setting_specs()) {
        bool is_secret = spec.kind == SettingKind::secret || holds_password(text(spec.name));
        if (!is_default(spec.name) && !is_secret)
            changes.push_back(fmt::format("{}={}", spec.name, text(spec.name)));
    }
    return changes;
}

const Settings::Value& Settings::value_of(std::string_view name) const {
    auto at = values_.find(name);
    CHECK(at != values_.end(), name);
    return at->second;
}

const std::string& Settings::text(std::string_view name) const { return value_of(name).text; }

const std::string& Settings::origin(std::string_view name) const { return value_of(name).origin; }

std::string Settings::shown(std::string_view name) const {
    const std::string& value = text(name);
    bool is_secret = find_setting(name)->kind == SettingKind::secret;
    if (is_secret && !value.empty()) return "***";
    if (!holds_password(value)) return value;
    std::size_t user = value.find("://") + 3;  // scheme://user:password@host
    std::size_t host = value.rfind('@', value.find_first_of("/?#", user));
    return value.substr(0, value.find(':', user)) + ":***" + value.substr(host);
}

bool Settings::boolean(std::string_view name) const { return text(name) == "true"; }

std::int64_t Settings::count(std::string_view name) const {
    auto number = parse_int(text(name));
    CHECK(number.has_value(), name);
    return *number;
}

std::int64_t Settings::duration_ms(std::string_view name) const {
    auto value = parse_duration_ms(text(name));
    CHECK(value.has_value(), name);
    return *value;
}

std::int64_t Settings::size_bytes(std::string_view name) const {
    auto value = parse_size_bytes(text(name));
    CHECK(value.has_value(), name);
    return *value;
}

}  // namespace pinflow::app
