// SPDX-License-Identifier: Apache-2.0
// The values that flow through the log side of the pipeline.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pinflow {

using Offset = std::int64_t;     // position in a partition; the first record ever is 0
using Timestamp = std::int64_t;  // milliseconds since 1970, UTC

struct TopicPartition {
    std::string topic;
    std::int32_t partition = 0;
    auto operator<=>(const TopicPartition&) const = default;
};

struct Header {
    std::string name;
    std::string value;
};

// One record as a client gave it. An absent value is Kafka's null (a tombstone).
struct Record {
    std::optional<std::string> key;
    std::optional<std::string> value;
    std::vector<Header> headers;
    Timestamp timestamp_ms = 0;
    Offset offset = 0;
};

// One encoded Kafka record batch v2 (codec/kafka/record_batch.h) bound for a partition. The log
// stores the bytes verbatim, but for the base offset and leader epoch, which its CRC leaves out.
struct PartitionBatch {
    TopicPartition partition;
    std::string batch;
    std::int32_t record_count = 0;
};

struct OffsetRange {
    Offset first = 0;  // the first offset still kept
    Offset end = 0;    // one past the last durable record
};

}  // namespace pinflow
