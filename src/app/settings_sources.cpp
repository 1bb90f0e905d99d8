// SPDX-License-Identifier: Apache-2.0
#include "app/settings_sources.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "app/settings_file.h"
#include "base/text.h"

namespace pinflow::app {
namespace {

constexpr std::string_view kPrefix = "PINFLOW_";
constexpr const char* kUsualFile = "pinflow.yaml";

// Environment names that begin with PINFLOW_ and are not settings.
constexpr std::string_view kForeignVariables[] = {"PINFLOW_DATA_DIR",  "PINFLOW_DUCKDB_LIBRARY",
                                                  "PINFLOW_NO_CCACHE", "PINFLOW_CONFIG",
                                                  "PINFLOW_PROFILE",   "PINFLOW_CRASH_POINT"};

bool is_foreign(std::string_view variable) {
    return std::ranges::count(kForeignVariables, variable) > 0;
}

// PINFLOW_LISTEN__GATEWAY=…: a double underscore for each dot.
Status read_environment(const char* const* variables, Settings& settings) {
    for (; *variables != nullptr; ++variables) {
        std::string_view entry(*variables);
        std::size_t equals = entry.find('=');
        std::string_view variable = entry.substr(0, equals);
        if (equals == std::string_view::npos || !variable.starts_with(kPrefix)) continue;
        if (is_foreign(variable)) continue;
        std::string name = to_lower(variable.substr(kPrefix.size()));
        for (std::size_t at; (at = name.find("__")) != std::string::npos;) name.replace(at, 2, ".");
        std::string origin = fmt::format("environment {}", variable);
        if (auto set = settings.set(name, entry.substr(equals + 1), origin); !set)
            return with_context(std::move(set).error(), origin);
    }
    return {};
}

Status read_flags(const std::vector<std::string>& sets, Settings& settings) {
    for (const std::string& set : sets) {
        std::size_t equals = set.find('=');
        if (equals == std::string::npos)
            return fail(Errc::invalid_argument, fmt::format("--set {}: write key=value", set));
        auto done = settings.set(set.substr(0, equals), set.substr(equals + 1));
        if (!done) return with_context(std::move(done).error(), "--set");
    }
    return {};
}

}  // namespace

Environment environment_of(const char* const* variables) {
    return [variables](std::string_view name) -> std::optional<std::string> {
        for (const char* const* at = variables; *at != nullptr; ++at) {
            std::string_view entry(*at);
            if (entry.starts_with(name) && entry.substr(name.size()).starts_with('='))
                return std::string(entry.substr(name.size() + 1));
        }
        return std::nullopt;
    };
}

Result<ReadSettings> read_settings(const SettingsChoice& choice, const char* const* variables) {
    Environment environment = environment_of(variables);
    ReadSettings read;
    read.file = !choice.file.empty() ? choice.file : environment("PINFLOW_CONFIG").value_or("");
    std::error_code ignored;
    if (read.file.empty() && std::filesystem::exists(kUsualFile, ignored)) read.file = kUsualFile;
    std::string wanted =
        !choice.profile.empty() ? choice.profile : environment("PINFLOW_PROFILE").value_or("");
    read.profile = kLocalProfile;
    if (!read.file.empty()) {
        TRY(auto profiles, read_settings_file(read.file, wanted, environment, read.settings));
        read.profile = profiles.chosen;
        read.profiles = profiles.declared;
    } else if (!wanted.empty() && wanted != kLocalProfile) {
        return fail(Errc::invalid_argument,
                    fmt::format("no profile '{}': there is no settings file (name one with "
                                "--config; 'pinflow config sample' writes one)",
                                wanted));
    }
    TRY_STATUS(read_environment(variables, read.settings));
    TRY_STATUS(read_flags(choice.sets, read.settings));
    return read;
}

Result<std::string> expand_variables(std::string_view text, const Environment& environment) {
    std::string expanded;
    while (!text.empty()) {
        if (text.starts_with("$${")) {
            expanded += "${";
            text.remove_prefix(3);
        } else if (text.starts_with("${")) {
            std::size_t end = text.find('}');
            if (end == std::string_view::npos)
                return fail(Errc::invalid_argument, "'${' without its '}' (a plain one is '$${')");
            std::string_view inside = text.substr(2, end - 2);
            std::size_t otherwise = inside.find(":-");
            std::string_view name = inside.substr(0, otherwise);
            auto value = environment(name);
            bool has_other = otherwise != std::string_view::npos;
            if ((!value || value->empty()) && has_other) value = inside.substr(otherwise + 2);
            if (!value)
                return fail(Errc::not_found,
                            fmt::format("the environment has no {0}; set it, or write "
                                        "${{{0}:-otherwise}}",
                                        name));
            expanded += *value;
            text.remove_prefix(end + 1);
        } else {
            std::size_t next = text.find('$', 1);
            expanded += text.substr(0, next);
            text.remove_prefix(std::min(next, text.size()));
        }
    }
    return expanded;
}

}  // namespace pinflow::app
