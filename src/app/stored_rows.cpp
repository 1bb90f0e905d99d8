// SPDX-License-Identifier: Apache-2.0
#include "app/stored_rows.h"

#include <fmt/format.h>

#include "base/reactor.h"
#include "codec/json/reader.h"
#include "codec/kafka/record_batch.h"

namespace pinflow::app {
namespace {

Result<std::int64_t> key_of(std::string_view document, const RecordShape& shape) {
    json::JsonReader reader(document);
    TRY_STATUS(reader.enter_object());
    for (;;) {
        TRY(auto name, reader.next_member());
        if (!name) return fail(Errc::corrupt, "a stored record has no key: it is not the demo's");
        if (*name == shape.key) return reader.read_int();
        TRY_STATUS(reader.skip_value());
    }
}

Task<Result<RowCounts>> count_partition(EventLog& log, TopicPartition partition,
                                        const RecordShape& shape) {
    RowCounts counts;
    CO_TRY(auto range, co_await log.offsets(partition));
    Offset next = range.first;
    while (next < range.end) {
        FetchLimits limits;
        CO_TRY(auto fetched, co_await log.fetch(partition, next, limits));
        if (fetched.batches.empty()) break;
        CO_TRY(auto records, kafka::decode_records(fetched.batches));
        for (const Record& record : records) {
            if (record.offset < next || !record.value) continue;
            CO_TRY(auto key, key_of(*record.value, shape));
            ++counts[key];
        }
        CO_TRY(next, kafka::end_of(fetched.batches));
    }
    co_return counts;
}

Task<Result<RowCounts>> count_shard(ShardStream& streams, std::string stream, std::string shard,
                                    const RecordShape& shape, RowCounts counts) {
    CO_TRY(auto position, co_await streams.position(stream, shard, ShardStart{}));
    for (;;) {
        CO_TRY(auto read, co_await streams.read(stream, shard, position, ShardLimits{}));
        // Over a service an answer may be empty before the tip.
        if (read.records.empty() && (read.is_end || read.behind_ms == 0)) co_return counts;
        for (const ShardRecord& record : read.records) {
            CO_TRY(auto key, key_of(record.data, shape));
            ++counts[key];
        }
        position = read.next;
    }
}

}  // namespace

Result<RowCounts> rows_in_topic(EventLog& log, const std::string& topic, const RecordShape& shape) {
    auto info = run_here(log.describe_topic(topic));
    if (!info && info.error().code == Errc::not_found) return RowCounts{};
    if (!info) return std::unexpected(info.error());
    return run_here(count_partition(log, TopicPartition{topic, 0}, shape));
}

Result<RowCounts> rows_in_stream(ShardStream& streams, const std::string& stream,
                                 const RecordShape& shape) {
    auto info = run_here(streams.describe_stream(stream));
    if (!info && info.error().code == Errc::not_found) return RowCounts{};
    if (!info) return std::unexpected(info.error());
    RowCounts counts;
    for (const ShardInfo& shard : info->shards) {
        TRY(counts, run_here(count_shard(streams, stream, shard.id, shape, std::move(counts))));
    }
    return counts;
}

}  // namespace pinflow::app
