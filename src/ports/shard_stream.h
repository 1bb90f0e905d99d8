// SPDX-License-Identifier: Apache-2.0
// Kinesis streams as the stations see them. Twins: eventlog/ (over our log) and, later, AWS.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "ports/event_log.h"
#include "record/record.h"

namespace pinflow {

struct StreamRecord {
    std::string partition_key;                     // 1-256 characters
    std::optional<std::string> explicit_hash_key;  // decimal, 0 ... 2^128-1
    std::string data;                              // the bytes, no base64
};

struct StoredAt {
    std::string shard_id;         // "shardId-000000000000"
    std::string sequence_number;  // decimal; ordered as an integer within a shard
    bool is_repeat = false;       // the record was stored before, there; nothing was stored now
};

struct ShardRecord {
    std::string partition_key;
    std::string data;
    std::string sequence_number;
    Timestamp arrival_ms = 0;
};

// Where a reader stands in one shard. `token` is opaque, durable and good across restarts.
struct ShardPosition {
    std::string token;
    bool operator==(const ShardPosition&) const = default;
};

struct ShardStart {
    enum class Kind { trim_horizon, latest, at_sequence, after_sequence, at_time };
    Kind kind = Kind::trim_horizon;
    std::string sequence_number;  // for at_sequence and after_sequence
    Timestamp time_ms = 0;        // for at_time
};

struct ShardLimits {
    std::size_t records_max = 10'000;
    std::size_t bytes_max = 10 << 20;
    std::chrono::milliseconds wait_max{0};  // how long to wait for a first record
};

struct ShardRead {
    std::vector<ShardRecord> records;
    ShardPosition next;
    std::int64_t behind_ms = 0;  // age of the next unread record; 0 at the tip
};

struct ShardInfo {
    std::string id;
    std::string hash_key_first;  // decimal, inclusive
    std::string hash_key_last;
    std::string sequence_first;
};

struct StreamInfo {
    std::string name;
    Timestamp created_ms = 0;
    std::vector<ShardInfo> shards;
};

class ShardStream {
public:
    virtual ~ShardStream() = default;

    // Completes when all are durable or have failed: one outcome a record, in order. Routing is
    // MD5(partition key) over the shards' hash ranges. not_found for the stream; no_space and
    // unavailable per record. Any reactor.
    // With a key all records are stored or none, once in 24 hours: the same key again has the
    // outcomes of the first time; with another fingerprint or other records: conflict, for all of
    // the put. AWS has no such keys: a twin over it ignores the key.
    virtual Task<Result<std::vector<Result<StoredAt>>>> put(std::string stream,
                                                            std::vector<StreamRecord> records,
                                                            IdempotencyKey key = {}) = 0;

    // not_found: stream or shard; invalid_argument: a sequence number of another shard or
    // malformed.
    virtual Task<Result<ShardPosition>> position(std::string stream, std::string shard_id,
                                                 ShardStart start) = 0;

    // Durable records from `from` on, in order; waits up to limits.wait_max for a first one.
    virtual Task<Result<ShardRead>> read(std::string stream, std::string shard_id,
                                         ShardPosition from, ShardLimits limits) = 0;

    // Durable when it completes. already_exists; invalid_argument for a name outside
    // 1-128 of [a-zA-Z0-9_.-] or shards outside 1-500.
    virtual Task<Result<StreamInfo>> create_stream(std::string name, std::int32_t shards) = 0;
    virtual Task<Status> remove_stream(std::string name) = 0;
    virtual Task<Result<StreamInfo>> describe_stream(std::string name) = 0;
    virtual Task<Result<std::vector<std::string>>> list_streams() = 0;  // by name
};

}  // namespace pinflow
