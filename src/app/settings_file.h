// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "app/settings_sources.h"

namespace pinflow::app {

// A settings file, read into `settings`: its base, then the profile `wanted` (empty: the one that
// the file names, else "local"). YAML, strict: sections nested or dotted, each setting once.
// Profiles that were not chosen are checked too, but not their ${VARIABLES}, which may belong to
// another machine. Gives the profile's name, and all that the file declares.
struct FileProfiles {
    std::string chosen;
    std::vector<std::string> declared;
};
Result<FileProfiles> read_settings_file(const std::string& path, const std::string& wanted,
                                        const Environment& environment, Settings& settings);

inline constexpr const char* kLocalProfile = "local";

}  // namespace pinflow::app
