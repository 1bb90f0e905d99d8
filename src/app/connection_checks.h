// SPDX-License-Identifier: Apache-2.0
// `check --connect`: every service that the settings name is spoken to, in data order, as the
// pipeline will speak to it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app/commands.h"

namespace pinflow::app {

struct ConnectionCheck {
    std::string station;  // "source"
    std::string at;       // "mysql://ana@db.example:3306/posts"; a folder or file of this machine
    bool is_remote = false;
    // What was found permitted, in words; an error says what to do. It leaves nothing behind, and
    // is bounded by the station's own timeouts. Any thread; those of several stations at once.
    std::function<Result<std::string>()> run;
};

// invalid_argument: settings from which no check can be made.
Result<std::vector<ConnectionCheck>> connection_checks(const Context& context);

}  // namespace pinflow::app
