// SPDX-License-Identifier: Apache-2.0
// Streams of shards and topics of partitions, to the job the same thing.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "ports/event_log.h"
#include "ports/shard_stream.h"

namespace pinflow::stream {

struct SourceInfo {
    std::string name;
    Life life;
    std::vector<ShardInfo> shards;  // by id
};

class RecordSource {
public:
    virtual ~RecordSource() = default;

    virtual Task<Result<std::vector<std::string>>> list() = 0;
    virtual Task<Result<SourceInfo>> describe(std::string stream) = 0;

    // The first record kept; or behind the given one.
    virtual Task<Result<ShardPosition>> beginning(std::string stream, std::string shard) = 0;
    virtual Task<Result<ShardPosition>> after(std::string stream, std::string shard,
                                              std::string sequence_number) = 0;

    // Does not wait. No records and behind_ms = 0: there are no more.
    virtual Task<Result<ShardRead>> read(std::string stream, std::string shard, ShardPosition from,
                                         std::size_t records_max, std::size_t bytes_max) = 0;
};

std::unique_ptr<RecordSource> read_streams(ShardStream& streams);

// A partition is the shard "partition=3", an offset the sequence number, the record's timestamp its
// arrival. A tombstone is a record of no bytes.
std::unique_ptr<RecordSource> read_topics(EventLog& log);

}  // namespace pinflow::stream
