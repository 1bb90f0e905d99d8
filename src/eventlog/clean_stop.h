// SPDX-License-Identifier: Apache-2.0
// The file log/clean_stop: written when the log has been closed in order, taken away when it opens.
// It holds where each partition ended, so that a file cut afterwards is seen even at a batch's
// edge.
#pragma once

#include <map>

#include "ports/files.h"
#include "record/record.h"

namespace pinflow::eventlog {

using PartitionEnds = std::map<std::string, Offset>;  // by folder: "topics/u.pin-0"

Status write_clean_stop(Files& files, const std::string& directory, const PartitionEnds& ends);

// Nothing after a crash (no file, or not a whole one).
Result<std::optional<PartitionEnds>> read_clean_stop(Files& files, const std::string& directory);

// Durably, before the first append.
Status remove_clean_stop(Files& files, const std::string& directory);

}  // namespace pinflow::eventlog
