// SPDX-License-Identifier: Apache-2.0
// Every setting of the program, declared once: the parser, the checks, `--set`, the environment,
// --help, `config schema`, `config sample` and docs/settings.md follow from this one table.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pinflow::app {

enum class SettingKind {
    text,
    path,       // of a file or folder; in a settings file relative to that file's folder
    url,        // may hold a password, which is then a secret
    secret,     // from a file named by <name>_file, from the environment, or by ${VAR}; never shown
    pattern,    // a regular expression (RE2) over the whole name
    address,    // host:port
    cron,       // a cron line; or one of `choices`
    time_zone,  // of the tz database; or empty
    boolean,    // true or false
    count,      // a whole number from 0 up
    duration,   // with a unit; or one of `choices`
    size,       // with a unit; or one of `choices`
    choice,     // one of `choices`
};

struct SettingSpec {
    std::string_view name;   // "listen.gateway"
    std::string_view alias;  // a further name (Kafka Connect's own), or empty
    SettingKind kind;
    std::string_view initial;     // the default, as it would be written
    std::string_view choices;     // "fsync|os|memory" for a choice
    std::string_view text;        // one sentence
    std::string_view least = "";  // the smallest count, duration or size; empty: 0
};

std::span<const SettingSpec> setting_specs();  // by section, in reading order

// By name or alias; null when there is none.
const SettingSpec* find_setting(std::string_view name);

// "unknown setting 'sink.flush.sise', did you mean 'sink.flush.size'?": a whole name or a section.
std::unexpected<Error> unknown_setting(std::string_view name);

// invalid_argument, naming the setting and what it wants; a secret's value is not repeated.
Status check_setting_value(const SettingSpec& spec, std::string_view value);

// Whether "scheme://user:password@host" stands there: a text that is a secret in part.
bool holds_password(std::string_view url);

// The setting that names a file with the secret of this one: "source.password_file".
std::string secret_file_setting(const SettingSpec& spec);

// What a value must look like, for people: "a duration with a unit (500ms, 10s, 5m, 2h, 7d)".
std::string wanted_value(const SettingSpec& spec);

// "PINFLOW_SINK__FLUSH__SIZE"
std::string environment_name(const SettingSpec& spec);

}  // namespace pinflow::app
