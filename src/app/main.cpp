// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <exception>

#include "app/command_line.h"
#include "base/check.h"

int main(int count, char** arguments) {
    try {
        pinflow::app::install_stop_signals();
        return pinflow::app::run_command_line(count, arguments, environ);
    } catch (const std::exception& error) {
        CHECK(false, error.what());  // a library threw where none may
    }
}
