// SPDX-License-Identifier: Apache-2.0
#include "stream/record_source.h"

#include <fmt/format.h>

#include "base/text.h"
#include "codec/kafka/record_batch.h"

namespace pinflow::stream {
namespace {

class StreamSource final : public RecordSource {
public:
    explicit StreamSource(ShardStream& streams) : streams_(streams) {}

    Task<Result<std::vector<std::string>>> list() override { return streams_.list_streams(); }
    Task<Result<SourceInfo>> describe(std::string stream) override {
        CO_TRY(StreamInfo info, co_await streams_.describe_stream(std::move(stream)));
        co_return SourceInfo{std::move(info.name), {info.created_ms, ""}, std::move(info.shards)};
    }
    Task<Result<ShardPosition>> beginning(std::string stream, std::string shard) override {
        return streams_.position(std::move(stream), std::move(shard), {});
    }
    Task<Result<ShardPosition>> after(std::string stream, std::string shard,
                                      std::string sequence_number) override {
        ShardStart start{ShardStart::Kind::after_sequence, std::move(sequence_number), 0};
        return streams_.position(std::move(stream), std::move(shard), std::move(start));
    }
    Task<Result<ShardRead>> read(std::string stream, std::string shard, ShardPosition from,
                                 std::size_t records_max, std::size_t bytes_max) override {
        ShardLimits limits{.records_max = records_max, .bytes_max = bytes_max, .wait_max = {}};
        return streams_.read(std::move(stream), std::move(shard), std::move(from), limits);
    }

private:
    ShardStream& streams_;
};

constexpr std::string_view kPartitionPrefix = "partition=";

Result<TopicPartition> partition_of(const std::string& topic, std::string_view shard) {
    auto number = shard.starts_with(kPartitionPrefix)
                      ? parse_int(shard.substr(kPartitionPrefix.size()))
                      : std::nullopt;
    if (!number || *number < 0 || *number > INT32_MAX) {
        return fail(Errc::invalid_argument, fmt::format("'{}' is no partition", shard));
    }
    return TopicPartition{topic, static_cast<std::int32_t>(*number)};
}

Result<Offset> offset_in(std::string_view text) {
    auto offset = parse_int(text);
    if (!offset || *offset < 0) {
        return fail(Errc::invalid_argument, fmt::format("'{}' is no offset", text));
    }
    return *offset;
}

ShardPosition position_at(Offset offset) { return {std::to_string(offset)}; }

class TopicSource final : public RecordSource {
public:
    explicit TopicSource(EventLog& log) : log_(log) {}

    Task<Result<std::vector<std::string>>> list() override {
        CO_TRY(auto topics, co_await log_.list_topics());
        std::vector<std::string> names;
        for (TopicInfo& topic : topics) names.push_back(std::move(topic.name));
        co_return names;
    }

    Task<Result<SourceInfo>> describe(std::string topic) override {
        CO_TRY(TopicInfo info, co_await log_.describe_topic(topic));
        SourceInfo described{info.name, info.life(), {}};
        for (std::int32_t number = 0; number < info.partitions; ++number) {
            described.shards.push_back({.id = fmt::format("{}{}", kPartitionPrefix, number)});
        }
        co_return described;
    }

    Task<Result<ShardPosition>> beginning(std::string topic, std::string shard) override {
        CO_TRY(TopicPartition id, partition_of(topic, shard));
        CO_TRY(OffsetRange offsets, co_await log_.offsets(id));
        co_return position_at(offsets.first);
    }

    Task<Result<ShardPosition>> after(std::string topic, std::string shard,
                                      std::string sequence_number) override {
        CO_TRY_STATUS(partition_of(topic, shard));
        CO_TRY(Offset offset, offset_in(sequence_number));
        co_return position_at(offset + 1);
    }

    Task<Result<ShardRead>> read(std::string topic, std::string shard, ShardPosition from,
                                 std::size_t records_max, std::size_t bytes_max) override {
        CO_TRY(TopicPartition id, partition_of(topic, shard));
        CO_TRY(Offset offset, offset_in(from.token));
        const FetchLimits limits{.bytes_max = bytes_max, .wait_max = {}};
        ShardRead read;
        // Over what is no record (of a real Kafka's transactions), however much of it there is.
        for (Offset before = -1; read.records.empty() && before != offset;) {
            before = offset;
            auto fetched = co_await log_.fetch(id, offset, limits);
            if (!fetched) co_return std::unexpected(fetched.error());
            CO_TRY_STATUS(take(fetched->batches, offset, records_max, read));
        }
        read.next = position_at(offset);
        co_return read;
    }

private:
    // Advances `offset` behind what it took, and over what are no records (control batches).
    static Status take(std::string_view batches, Offset& offset, std::size_t records_max,
                       ShardRead& read) {
        kafka::BatchReader reader(batches);
        for (;;) {
            TRY(auto batch, reader.next());
            if (!batch) return {};
            if (!batch->header.is_control()) {
                TRY(auto records, kafka::RecordReader::open(batch->bytes, batch->header));
                for (;;) {
                    TRY(auto record, records.next());
                    if (!record) break;
                    if (record->offset < offset) continue;
                    if (read.records.size() >= records_max) return {};
                    read.records.push_back({std::string(record->key.value_or("")),
                                            std::string(record->value.value_or("")),
                                            std::to_string(record->offset), record->timestamp_ms});
                    offset = record->offset + 1;
                }
            }
            offset = std::max(offset, batch->header.next_offset());
        }
    }

    EventLog& log_;
};

}  // namespace

std::unique_ptr<RecordSource> read_streams(ShardStream& streams) {
    return std::make_unique<StreamSource>(streams);
}

std::unique_ptr<RecordSource> read_topics(EventLog& log) {
    return std::make_unique<TopicSource>(log);
}

}  // namespace pinflow::stream
