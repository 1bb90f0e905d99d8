// SPDX-License-Identifier: Apache-2.0
// The JSON of Kinesis' answers as values. io: it is none.
// Source: Kinesis Data Streams API Reference; members that AWS omits may be absent or null.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ports/shard_stream.h"

namespace pinflow::kinesis {

struct PutAnswer {
    struct One {
        StoredAt stored;
        std::string error_code;  // empty: it is stored
        std::string error_message;
    };
    std::vector<One> records;
};

struct RecordsAnswer {
    std::vector<ShardRecord> records;
    std::string next_iterator;  // empty: the shard is closed, and this was the rest
    std::int64_t behind_ms = 0;
};

struct SummaryAnswer {
    std::string status;  // CREATING, ACTIVE, UPDATING, DELETING
    Timestamp created_ms = 0;
};

struct ShardsAnswer {
    std::vector<ShardInfo> shards;
    std::string next_token;  // empty: no more
};

struct StreamsAnswer {
    std::vector<std::string> names;
    bool has_more = false;
};

// For Call::read: what the reader makes of the answer goes into `value`, which outlives the call.
template <class Value>
auto into(Value& value, Result<Value> (*reader)(std::string_view)) {
    return [&value, reader](std::string_view json) -> Status {
        TRY(value, reader(json));
        return {};
    };
}

Result<PutAnswer> read_put_answer(std::string_view json);
Result<RecordsAnswer> read_records_answer(std::string_view json);
Result<std::string> read_iterator_answer(std::string_view json);
Result<SummaryAnswer> read_summary_answer(std::string_view json);
Result<ShardsAnswer> read_shards_answer(std::string_view json);
Result<StreamsAnswer> read_streams_answer(std::string_view json);

}  // namespace pinflow::kinesis
