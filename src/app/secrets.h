// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "app/settings.h"
#include "base/result.h"

namespace pinflow::app {

// A secret of the settings, "source.password": the first line of the file that source.password_file
// names, else the setting itself (the environment gave it), else
// $CREDENTIALS_DIRECTORY/source.password (systemd's LoadCredential=); nothing if none has it.
Result<std::optional<std::string>> find_secret(const Settings& settings, const std::string& name);

}  // namespace pinflow::app
