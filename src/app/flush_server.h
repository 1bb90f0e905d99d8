// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "app/data_directory.h"
#include "base/result.h"

namespace pinflow::app {

// A server beside us has rows that are accepted and not yet in objects: asks it to put them there,
// and says what came of it. No server is no error.
Result<std::string> flush_server(const DataDirectory& directory);

}  // namespace pinflow::app
