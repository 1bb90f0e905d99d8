// SPDX-License-Identifier: Apache-2.0
// Where settings come from: flag > environment > the chosen profile > the file's base > default.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/settings.h"

namespace pinflow::app {

// The value of an environment variable, if it is set.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;
Environment environment_of(const char* const* variables);

struct SettingsChoice {
    std::string file;               // empty: ./pinflow.yaml if there is one
    std::string profile;            // empty: the file's own `profile`, else "local"
    std::vector<std::string> sets;  // "name=value"
};

struct ReadSettings {
    Settings settings;
    std::string file;  // the one that was read; empty: none
    std::string profile;
    std::vector<std::string> profiles;  // that the file declares
};

// All the sources, in order. Every complaint of the file is in the error, a line each, with its
// place (kComplaintsMax at most).
Result<ReadSettings> read_settings(const SettingsChoice& choice, const char* const* variables);

inline constexpr std::size_t kComplaintsMax = 20;

// "${NAME}" and "${NAME:-otherwise}" replaced; "$${" is a plain "${". not_found: NAME is not set
// and has no other value.
Result<std::string> expand_variables(std::string_view text, const Environment& environment);

}  // namespace pinflow::app
