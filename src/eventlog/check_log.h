// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ports/files.h"

namespace pinflow::eventlog {

struct LogCheck {
    std::vector<std::string> damage;  // each names file, byte and offsets; empty: all is whole
    std::vector<std::string> notes;   // what is no damage, but worth knowing
    std::int64_t partitions = 0;
    std::int64_t segments = 0;
    std::uint64_t bytes = 0;          // of segments, read
    std::int64_t journal_groups = 0;  // behind the checkpoint
};

// Reads all that a closed log holds, and changes nothing: both copies of the checkpoint, the
// journal behind it, every batch of every segment, the indexes. busy: a process has the log open.
Result<LogCheck> check_log(Files& files, const std::string& log_directory);

}  // namespace pinflow::eventlog
