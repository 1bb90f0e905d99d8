// SPDX-License-Identifier: Apache-2.0
// What may be wrong with a machine, looked at one by one; each finding says how to mend it.
#pragma once

#include <string>
#include <vector>

#include "app/commands.h"

namespace pinflow::app {

enum class Health { ok, note, wrong };  // a note works, but not as well as it could

struct Finding {
    Health health = Health::ok;
    std::string subject;  // "disk"
    std::string text;
    std::string fix;  // empty when ok
};

// Changes nothing that stays: it binds and leaves ports, and writes and removes one small file in
// the data directory (or, when that is not there yet, in the nearest folder above it).
std::vector<Finding> examine_machine(const Context& context);

}  // namespace pinflow::app
