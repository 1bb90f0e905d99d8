// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/commands.h"

namespace pinflow::app {

// Parses, makes the Context, runs the command; gives the process's exit code.
int run_command_line(int count, const char* const* arguments, const char* const* environment);

}  // namespace pinflow::app
