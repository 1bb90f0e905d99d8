// SPDX-License-Identifier: Apache-2.0
// The sink's settings, each beside the name it has in Kafka Connect, and every bound of the sink.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace pinflow::sink {

// behavior.on.null.values. `ignore` leaves tombstones out of the objects (they are covered and
// counted); `write` makes each a line `null`. Connect's `fail`, its default, stops the connector at
// the first tombstone: not offered.
enum class NullValues { ignore, write };

struct SinkSettings {
    std::string topics_dir = "topics";  // topics.dir
    std::string topics_regex = ".*";    // topics.regex: the whole name, in RE2's syntax
    std::vector<std::string> topics;    // topics: if any, these and not the regex
    std::int64_t flush_size = 1'000;    // flush.size: lines that fill an object
    std::int64_t rotate_schedule_interval_ms = 5'000;  // rotate.schedule.interval.ms; below 1: off
    NullValues null_values = NullValues::ignore;       // behavior.on.null.values

    // Objects written side by side, each waiting for the disk or the network. Measured on a folder
    // under load with objects of one record: 8.9 ms each with 1, 1.3 ms with 4, no better with
    // more.
    std::size_t puts_at_once = 4;

    // Of all buffers together, leased of the byte budget by whoever opens the sink and for as long:
    // the doors cannot starve what makes room behind them. One thing may pass it: an object that
    // was promised when it was larger is built as it was promised.
    std::size_t memory_bytes = kMemoryBytes;

    static constexpr std::size_t kMemoryBytes = 64 << 20;  // more was not tried
    static constexpr std::size_t kMemoryBytesMin = 1 << 20;

    // Of the objects of a pass; of one object, closed by the record that passes it; and of what is
    // asked of the log at once.
    std::size_t pass_bytes_max() const { return memory_bytes / 2; }
    std::size_t object_bytes_max() const { return memory_bytes / 4; }
    std::size_t fetch_bytes() const { return memory_bytes / 16; }
};

constexpr std::size_t kPassObjectsMax = 256;  // objects between two commits of the work book

// A new topic is found, and new records are seen, this soon. An idle look costs about a microsecond
// a partition and touches neither disk nor network (the native log's ends are in memory).
constexpr std::chrono::milliseconds kLookInterval{20};
constexpr std::chrono::milliseconds kIdleLookInterval{100};
constexpr std::int64_t kIdleAfterUs = 1'000'000;
constexpr std::int64_t kDiscoveryIntervalUs = 200'000;

constexpr std::int64_t kRetryFirstUs = 200'000;  // after a failed put, doubling
constexpr std::int64_t kRetryMostUs = 10'000'000;
constexpr int kFlushAttempts = 3;  // of flush_all, before it tells the error

}  // namespace pinflow::sink
