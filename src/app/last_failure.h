// SPDX-License-Identifier: Apache-2.0
// last_failure.json in the data directory: why a process ended by itself, for /health of the next.
#pragma once

#include <string>

#include "app/data_directory.h"
#include "ports/clock.h"

namespace pinflow::app {

// As much as a failing disk lets through; what goes wrong is only logged. Any thread.
void keep_failure(const DataDirectory& directory, Clock& clock, const Error& error);

// {"time":…,"reason":…}; empty if there was none, or it cannot be read.
std::string last_failure_json(Files& files, const DataDirectory& directory);

}  // namespace pinflow::app
