// SPDX-License-Identifier: Apache-2.0
// Kinesis streams as the stations see them. Twins: eventlog/ (over our log) and remote/kinesis/ (over
// AWS).
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
    std::int64_t behind_ms = 0;  // age of the next unread record, or more; 0 at the tip
    bool is_end = false;         // the shard is closed, and nothing comes behind `records`
};

struct ShardInfo {
    std::string id;
    std::string hash_key_first;  // decimal, inclusive
    std::string hash_key_last;
    std::string sequence_first;
    std::string sequence_last;         // no record of it is behind that; empty: the shard is open
    std::vector<std::string> parents;  // one after a split, two after a merge; retention takes them

    bool is_closed() const { return !sequence_last.empty(); }
};

struct StreamInfo {
    std::string name;
    Timestamp created_ms = 0;
    std::vector<ShardInfo> shards;  // by id; open ones, and closed ones that can still be read
};

class ShardStream {
public:
    virtual ~ShardStream() = default;

    // Completes when all are durable or have failed: one outcome a record, in order. Routing is
    // MD5(partition key) over the open shards' hash ranges. not_found for the stream; no_space,
    // too_large and unavailable per record; timed_out per record: whether it was stored is unknown,
    // and putting it again may store it twice. Any reactor.
    // Records of one key are stored in their order; over AWS not so those of one put of which AWS
    // refused one at first (remote/kinesis/putting.h): for a strict order, one record a put.
    // With a key all records are stored or none, once in 24 hours: the same key again has the
    // outcomes of the first time; with another fingerprint or other records: conflict, for all of
    // the put. AWS has no such keys: a twin over it ignores the key.
    virtual Task<Result<std::vector<Result<StoredAt>>>> put(std::string stream,
                                                            std::vector<StreamRecord> records,
                                                            IdempotencyKey key = {}) = 0;

    // not_found: stream or shard; invalid_argument: a sequence number of another shard or
    // malformed. `latest` and a time to come: whatever is put after this completes, also when the
    // process ends meanwhile; over AWS a restart before the first record may add records of the
    // seconds before.
    virtual Task<Result<ShardPosition>> position(std::string stream, std::string shard_id,
                                                 ShardStart start) = 0;

    // Durable records from `from` on, in order; waits up to limits.wait_max for a first one. No
    // records and behind_ms > 0: go on from `next`. Over AWS a call also takes its turn: five reads
    // a second and shard, fewer at the tip; and a record is seen a moment after its put.
    // not_found: stream or shard; invalid_argument: no position of this stream.
    virtual Task<Result<ShardRead>> read(std::string stream, std::string shard_id,
                                         ShardPosition from, ShardLimits limits) = 0;

    // Durable and usable when it completes. already_exists; invalid_argument for a name outside
    // 1-128 of [a-zA-Z0-9_.-] or shards outside 1-500.
    virtual Task<Result<StreamInfo>> create_stream(std::string name, std::int32_t shards) = 0;
    virtual Task<Status> remove_stream(std::string name) = 0;
    virtual Task<Result<StreamInfo>> describe_stream(std::string name) = 0;
    virtual Task<Result<std::vector<std::string>>> list_streams() = 0;  // by name
};

}  // namespace pinflow
