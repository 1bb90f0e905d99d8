// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "eventlog/holds.h"
#include "eventlog/log_store.h"

namespace pinflow::eventlog {

struct LogStart {
    std::shared_ptr<PartitionLog> partition;
    Offset offset = 0;
};

// Which partitions may begin later, by the settings' time and bytes: whole segments, and none that
// somebody holds.
std::vector<LogStart> due_log_starts(const std::vector<LogStore::NamedPartition>& partitions,
                                     const NativeLogSettings& settings, Timestamp now_ms,
                                     const Holds& holds);

}  // namespace pinflow::eventlog
