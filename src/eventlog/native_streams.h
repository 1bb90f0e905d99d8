// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ports/clock.h"
#include "ports/event_log.h"
#include "ports/shard_stream.h"

namespace pinflow::eventlog {

// Kinesis streams over a log: a stream is a topic, a shard a partition, a record's partition key
// its key and its arrival its timestamp. Shards are not split or merged: none is ever closed. Has no
// state of its own.
class NativeStreams final : public ShardStream {
public:
    NativeStreams(EventLog& log, Clock& clock) : log_(log), clock_(clock) {}

    Task<Result<std::vector<Result<StoredAt>>>> put(std::string stream,
                                                    std::vector<StreamRecord> records,
                                                    IdempotencyKey key) override;
    Task<Result<ShardPosition>> position(std::string stream, std::string shard_id,
                                         ShardStart start) override;
    Task<Result<ShardRead>> read(std::string stream, std::string shard_id, ShardPosition from,
                                 ShardLimits limits) override;
    Task<Result<StreamInfo>> create_stream(std::string name, std::int32_t shards) override;
    Task<Status> remove_stream(std::string name) override;
    Task<Result<StreamInfo>> describe_stream(std::string name) override;
    Task<Result<std::vector<std::string>>> list_streams() override;

private:
    Task<Timestamp> arrival_of(TopicPartition shard, Appended repeated);
    Task<Result<std::int64_t>> behind_ms(TopicPartition shard, Offset next, Offset end);

    EventLog& log_;
    Clock& clock_;
};

}  // namespace pinflow::eventlog
