// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "app/data_directory.h"
#include "base/result.h"

namespace pinflow::app {

// One of the addresses that a running server wrote into its directory ("gateway", "admin");
// unavailable, with what to try, when none runs.
Result<std::string> running_address(const DataDirectory& directory, std::string_view door);

}  // namespace pinflow::app
