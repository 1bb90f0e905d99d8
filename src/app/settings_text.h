// SPDX-License-Identifier: Apache-2.0
// The table of settings as texts for people and editors.
#pragma once

#include <string>

#include "app/settings_sources.h"

namespace pinflow::app {

std::string settings_help();       // for --help: a line each
std::string settings_sample();     // a settings file with every default, commented out
std::string settings_schema();     // JSON Schema (2020-12) of a settings file
std::string settings_reference();  // Markdown: docs/settings.md

// `config show`: what was set, or with `all` every setting, as YAML with each value's origin.
std::string settings_shown(const ReadSettings& read, bool all);
// {"file":…,"profile":…,"settings":{"user":{"value":"demo","origin":"default"},…}}
std::string settings_json(const ReadSettings& read, bool all);

}  // namespace pinflow::app
