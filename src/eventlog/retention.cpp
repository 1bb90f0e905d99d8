// SPDX-License-Identifier: Apache-2.0
#include "eventlog/retention.h"

#include <algorithm>

namespace pinflow::eventlog {
namespace {

Offset held_from(const LogStore::NamedPartition& partition, const Holds& holds, Offset end) {
    Offset from = end;
    for (const Hold& hold : holds) {
        if (auto needed = hold(partition.space, partition.name)) from = std::min(from, *needed);
    }
    return from;
}

// Where the log would begin if every segment went that is too old or too much.
Offset wanted_start(const std::vector<SegmentState>& segments, Offset start, Offset held,
                    const NativeLogSettings& settings, Timestamp now_ms) {
    std::uint64_t bytes = 0;
    for (const SegmentState& segment : segments) bytes += segment.bytes;
    for (const SegmentState& segment : segments) {
        bool is_old =
            settings.retention_ms >= 0 && segment.last_append_ms < now_ms - settings.retention_ms;
        // As Kafka: a segment goes when what remains is still as much as is kept.
        bool is_much =
            settings.retention_bytes >= 0 &&
            bytes - segment.bytes >= static_cast<std::uint64_t>(settings.retention_bytes);
        bool is_free = segment.bytes > 0 && segment.end_offset <= held;
        if (!is_free || (!is_old && !is_much)) break;
        start = std::max(start, segment.end_offset);
        bytes -= segment.bytes;
    }
    return start;
}

}  // namespace

std::vector<LogStart> due_log_starts(const std::vector<LogStore::NamedPartition>& partitions,
                                     const NativeLogSettings& settings, Timestamp now_ms,
                                     const Holds& holds) {
    std::vector<LogStart> due;
    if (settings.retention_ms < 0 && settings.retention_bytes < 0) return due;
    for (const LogStore::NamedPartition& partition : partitions) {
        OffsetRange range = partition.log->offsets();
        Offset held = held_from(partition, holds, range.end);
        Offset start = wanted_start(partition.log->segments(), range.first, held, settings, now_ms);
        if (start > range.first) due.push_back({partition.log, start});
    }
    return due;
}

}  // namespace pinflow::eventlog
