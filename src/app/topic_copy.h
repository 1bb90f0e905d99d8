// SPDX-License-Identifier: Apache-2.0
// One log's topics into another's, record for record, and the proof that they are equal.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ports/event_log.h"

namespace pinflow::app {

struct PartitionCopy {
    TopicPartition partition;
    std::int64_t records = 0;      // that both have
    std::int64_t copied = 0;       // of them, by this call
    Offset shift = 0;              // offset there less offset here, of the first record
    bool has_same_offsets = true;  // of every record: positions in it stay good
    std::string sha256;  // of keys, values, headers and times, in order: equal on both sides
};

struct TopicCopySettings {
    std::function<bool()> is_stopped = [] { return false; };
    // Of all records of all partitions, those that are there so far.
    std::function<void(std::int64_t done, std::int64_t total)> on_progress = [](auto, auto) {};
};

// Copies each topic of `names` (all, if empty), partition by partition, from where an earlier call
// was cut short; makes topics that are not there, and takes nothing away. Then both sides are read
// whole and compared. Nobody else may write to either meanwhile. By the caller's thread. cancelled:
// the same call goes on; conflict: a topic there has other partitions, or holds what is not ours;
// failed_check: the sides differ; the text says from which record on.
Result<std::vector<PartitionCopy>> copy_topics(EventLog& from, EventLog& to,
                                               const std::vector<std::string>& names,
                                               const TopicCopySettings& settings);

}  // namespace pinflow::app
