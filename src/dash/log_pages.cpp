// SPDX-License-Identifier: Apache-2.0
#include "dash/log_pages.h"

#include <algorithm>

#include "base/text.h"
#include "codec/json/writer.h"

namespace pinflow::dash {
namespace {

struct PartitionFigures {
    OffsetRange offsets;
    std::optional<Offset> sunk_to;

    std::int64_t records() const { return offsets.end - offsets.first; }
    std::int64_t unsunk() const {
        return sunk_to ? offsets.end - std::min(*sunk_to, offsets.end) : 0;
    }
};

Task<Result<PartitionFigures>> figures_of(EventLog& log, TopicPartition partition,
                                          const SunkTo& sunk_to) {
    CO_TRY(OffsetRange offsets, co_await log.offsets(partition));
    co_return PartitionFigures{.offsets = offsets, .sunk_to = sunk_to(partition)};
}

void write_partition(json::JsonWriter& writer, std::int32_t partition,
                     const PartitionFigures& figures) {
    writer.begin_object();
    writer.member("partition", partition);
    writer.member("first_offset", figures.offsets.first);
    writer.member("end_offset", figures.offsets.end);
    writer.member("records", figures.records());
    writer.key("in_objects_to");
    if (figures.sunk_to) {
        writer.value(*figures.sunk_to);
    } else {
        writer.raw("null");
    }
    writer.end_object();
}

}  // namespace

Task<Result<std::string>> topics_json(EventLog& log, SunkTo sunk_to) {
    CO_TRY(auto topics, co_await log.list_topics());
    json::JsonWriter writer;
    writer.begin_array();
    for (const TopicInfo& topic : topics) {
        std::int64_t records = 0;
        std::int64_t unsunk = 0;
        for (std::int32_t p = 0; p < topic.partitions; ++p) {
            TopicPartition partition{topic.name, p};
            CO_TRY(auto figures, co_await figures_of(log, partition, sunk_to));
            records += figures.records();
            unsunk += figures.unsunk();
        }
        writer.begin_object();
        writer.member("topic", topic.name);
        writer.member("partitions", topic.partitions);
        writer.member("records", records);
        writer.member("not_in_objects", unsunk);
        writer.member("created", format_utc(topic.created_ms));
        writer.end_object();
    }
    writer.end_array();
    co_return std::move(writer).take();
}

Task<Result<std::string>> topic_json(EventLog& log, std::string topic, SunkTo sunk_to) {
    CO_TRY(auto info, co_await log.describe_topic(topic));
    json::JsonWriter writer;
    writer.begin_array();
    for (std::int32_t p = 0; p < info.partitions; ++p) {
        TopicPartition partition{topic, p};
        CO_TRY(auto figures, co_await figures_of(log, partition, sunk_to));
        write_partition(writer, p, figures);
    }
    writer.end_array();
    co_return std::move(writer).take();
}

Task<Result<std::string>> streams_json(ShardStream& streams) {
    CO_TRY(auto names, co_await streams.list_streams());
    json::JsonWriter writer;
    writer.begin_array();
    for (const std::string& name : names) {
        CO_TRY(auto info, co_await streams.describe_stream(name));
        writer.begin_object();
        writer.member("stream", info.name);
        writer.member("shards", static_cast<std::int64_t>(info.shards.size()));
        writer.member("created", format_utc(info.created_ms));
        writer.end_object();
    }
    writer.end_array();
    co_return std::move(writer).take();
}

Task<Result<std::string>> stream_json(ShardStream& streams, std::string stream) {
    CO_TRY(auto info, co_await streams.describe_stream(stream));
    json::JsonWriter writer;
    writer.begin_array();
    for (const ShardInfo& shard : info.shards) {
        writer.begin_object();
        writer.member("shard", shard.id);
        writer.member("hash_key_first", shard.hash_key_first);
        writer.member("hash_key_last", shard.hash_key_last);
        writer.member("sequence_first", shard.sequence_first);
        writer.end_object();
    }
    writer.end_array();
    co_return std::move(writer).take();
}

}  // namespace pinflow::dash
