// SPDX-License-Identifier: Apache-2.0
// Every setting of the program, declared once: the parser, the checks, `--set`, the environment and
// the help text follow from one table. Only app/ reads them; stations get plain structs.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pinflow::app {

enum class SettingKind { text, address, boolean, count, duration, size, choice };

struct SettingSpec {
    std::string_view name;   // "listen.gateway"
    std::string_view alias;  // a further name (Kafka Connect's own), or empty
    SettingKind kind;
    std::string_view initial;  // the default, as it would be written
    std::string_view choices;  // "fsync|os|memory" for a choice
    std::string_view text;     // one sentence
};

std::span<const SettingSpec> setting_specs();  // by section, in reading order

class Settings {
public:
    Settings();  // the defaults

    // A wrong name (with the nearest right one) or value is invalid_argument.
    Status set(std::string_view name, std::string_view value);

    // YAML: nested sections or dotted keys. The error names file, line and column.
    Status read_file(const std::string& path);

    // PINFLOW_LISTEN__GATEWAY=…: a double underscore for each dot. Unknown PINFLOW_ names are
    // errors, but for those in kForeignVariables (settings.cpp).
    Status read_environment(const char* const* environment);

    // key=value for every setting that is not at its default: for a process started with the same.
    std::vector<std::string> changed() const;

    // The name must be in the table and of that kind: CHECKed.
    const std::string& text(std::string_view name) const;  // text, address and choice
    bool boolean(std::string_view name) const;
    std::int64_t count(std::string_view name) const;
    std::int64_t duration_ms(std::string_view name) const;
    std::int64_t size_bytes(std::string_view name) const;

private:
    std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace pinflow::app
