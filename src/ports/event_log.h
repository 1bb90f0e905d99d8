// SPDX-License-Identifier: Apache-2.0
// Kafka topics as the stations see them. Twins: eventlog/ (native) and remote/kafka (a real one),
// which neither takes nor gives verbatim batches, nor contiguous offsets.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "record/record.h"

namespace pinflow {

// The outcome of one PartitionBatch: where its records are, or why none of them is stored.
struct Appended {
    Offset base_offset = 0;       // the first record's
    std::vector<Offset> offsets;  // one a record, or empty when contiguous from base_offset
    Timestamp append_time_ms = 0;
    bool is_repeat = false;  // the records were stored before, there; nothing was stored now

    Offset offset_of(std::size_t record) const {
        return offsets.empty() ? base_offset + static_cast<Offset>(record) : offsets[record];
    }
};

// By a key of the client's, an append tried again is the same append.
struct IdempotencyKey {
    std::string text;               // 1-255 bytes; empty: none. The caller scopes it
    std::uint64_t fingerprint = 0;  // of what the client sent, to tell a repeat from a mistake
};

struct FetchLimits {
    std::size_t bytes_max = 1 << 20;        // whole batches; the first comes even if larger
    std::chrono::milliseconds wait_max{0};  // how long to wait for a first record
};

struct Fetched {
    std::string
        batches;  // whole record batches v2, concatenated; the first may begin before `from`
    OffsetRange offsets;  // as of this fetch, or of a moment before
};

// What tells a topic or stream from an earlier one of its name.
struct Life {
    Timestamp created_ms = 0;  // 0 where the service keeps no time of creation
    std::string id;            // "<cluster>/<the topic's id>" there, or empty
};

// Whether a topic or stream of a known name is the one that was noted, as far as it can be told:
// who tells neither of both, or whose ids are of another cluster (what was in the one was brought
// to the other), cannot say that it was made anew.
bool may_be_same(const Life& noted, const Life& now);

struct TopicInfo {
    std::string name;
    std::int32_t partitions = 1;
    Timestamp created_ms = 0;  // 0 where the log does not know
    std::string uuid;          // of this life of the topic: one made anew has another

    Life life() const { return {created_ms, created_ms == 0 ? uuid : std::string()}; }
};

class EventLog {
public:
    virtual ~EventLog() = default;

    // Completes when every batch is durable or has failed: one outcome a batch, in order.
    // not_found: no such topic or partition; no_space and unavailable: try again (nothing is
    // stored, but after a failed write or sync, which ends the log, that is not known);
    // corrupt or too_large: the batch is refused. timed_out, from a real Kafka: it is not known
    // what of the batch is stored; there the beginning of a batch may be without its rest. Of an
    // idempotent producer's batch (its id, epoch and sequence are in it): fenced, out_of_order, or
    // the outcome it had before. With a key all batches are stored or none, once in 24 hours: the
    // same key again has the outcomes of the first time; with another fingerprint or other batches:
    // conflict. A log that keeps no keys: unsupported, for all of them. `batches` may be changed
    // (base offsets are set) and must live until completion. Any reactor.
    virtual Task<std::vector<Result<Appended>>> append(std::span<PartitionBatch> batches,
                                                       IdempotencyKey key = {}) = 0;

    // Whole batches from `from` on, durable ones only. `from` at the end waits up to
    // limits.wait_max and may come back empty; outside [first, end] it is invalid_argument.
    // Offsets may have no record (transaction markers, compaction): batches need not follow one
    // another, and where nothing is left before the end, a control batch at the last such offset
    // says so. Who reads goes on behind the last batch (kafka::end_of). not_found as above.
    virtual Task<Result<Fetched>> fetch(TopicPartition partition, Offset from,
                                        FetchLimits limits) = 0;

    virtual Task<Result<OffsetRange>> offsets(TopicPartition partition) = 0;

    // The first offset whose record timestamp is at or after `time`; the end if there is none.
    virtual Task<Result<Offset>> offset_at(TopicPartition partition, Timestamp time) = 0;

    // Durable when it completes. already_exists, or invalid_argument for a name outside Kafka's
    // grammar (1-249 of [a-zA-Z0-9._-], not "." or "..") or partitions outside 1-10,000.
    virtual Task<Result<TopicInfo>> create_topic(std::string name, std::int32_t partitions) = 0;

    virtual Task<Status> remove_topic(std::string name) = 0;
    virtual Task<Result<TopicInfo>> describe_topic(std::string name) = 0;
    virtual Task<Result<std::vector<TopicInfo>>> list_topics() = 0;  // by name
};

// Kafka's grammar for topic names (org.apache.kafka.common.internals.Topic).
Status check_topic_name(std::string_view name);

}  // namespace pinflow
