// SPDX-License-Identifier: Apache-2.0
// After the kill: every acknowledgement held against what lies in objects and tables.
#pragma once

#include <string>
#include <vector>

#include "app/commands.h"
#include "emulator/emulator.h"

namespace pinflow::app {

struct KillCount {
    std::int64_t accepted = 0;
    std::int64_t found = 0;
    std::int64_t lost = 0;     // acknowledged, and not there
    std::int64_t doubled = 0;  // there more than once, at two places or under one offset
};

// Every draw of the kill demo is another row, and no post in doubt is repeated, so each row may be
// there once. Batch road: the row's key at its offset, in exactly one object. Stream road: the key
// in the user's table. The server must have been stopped cleanly.
Result<KillCount> count_after_kill(const Context& context,
                                   const std::vector<emulator::PostForm>& forms,
                                   const std::vector<emulator::AcceptedPost>& accepted);

}  // namespace pinflow::app
