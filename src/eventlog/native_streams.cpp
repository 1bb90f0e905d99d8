// SPDX-License-Identifier: Apache-2.0
#include "eventlog/native_streams.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "codec/kafka/record_batch.h"
#include "eventlog/hash_ranges.h"
#include "eventlog/sequence_number.h"

namespace pinflow::eventlog {
namespace {

constexpr std::size_t kStreamNameBytesMax = 128;
constexpr std::int32_t kShardsMax = 500;
constexpr std::size_t kBatchOverheadBytes = 256;  // of a record's frame and key beside its data

StoredAt stored_at(const TopicInfo& stream, std::int32_t shard, Offset offset,
                   Timestamp arrival_ms) {
    return {shard_id_of(shard),
            encode_sequence({.shard_created_s = stream.created_ms / 1'000,
                             .shard = shard,
                             .offset = offset,
                             .time_s = arrival_ms / 1'000}),
            false};
}

StreamInfo info_of(const TopicInfo& stream) {
    StreamInfo info{stream.name, stream.created_ms, {}};
    for (std::int32_t shard = 0; shard < stream.partitions; ++shard) {
        HashRange range = hash_range_of(shard, stream.partitions);
        info.shards.push_back(
            {.id = shard_id_of(shard),
             .hash_key_first = to_decimal(range.first),
             .hash_key_last = to_decimal(range.last),
             .sequence_first = stored_at(stream, shard, -1, stream.created_ms).sequence_number});
    }
    return info;
}

Result<std::int32_t> route(const StreamRecord& record, std::int32_t shards) {
    if (!record.explicit_hash_key) return shard_of(hash_key_of(record.partition_key), shards);
    TRY(HashKey key, parse_hash_key(*record.explicit_hash_key));
    return shard_of(key, shards);
}

Result<TopicPartition> find_shard(const TopicInfo& stream, std::string_view shard_id) {
    auto shard = parse_shard_id(shard_id);
    if (!shard || *shard >= stream.partitions) {
        return fail(Errc::not_found,
                    fmt::format("stream '{}' has no shard '{}'", stream.name, shard_id));
    }
    return TopicPartition{stream.name, *shard};
}

// The records of one put that go to one shard, and where in the put each stood.
struct ShardPart {
    std::int32_t shard = 0;
    std::vector<kafka::RecordView> records;
    std::vector<std::size_t> places;
};

// What cannot be routed has its error in `outcomes` at once.
std::vector<ShardPart> part_by_shard(std::span<const StreamRecord> records, std::int32_t shards,
                                     Timestamp now_ms, std::vector<Result<StoredAt>>& outcomes) {
    std::vector<ShardPart> parts;
    for (std::size_t i = 0; i < records.size(); ++i) {
        auto shard = route(records[i], shards);
        if (!shard) {
            outcomes[i] = std::unexpected(shard.error());
            continue;
        }
        auto part = std::ranges::find(parts, *shard, &ShardPart::shard);
        if (part == parts.end()) part = parts.insert(part, {.shard = *shard});
        part->places.push_back(i);
        part->records.push_back(
            {.key = records[i].partition_key, .value = records[i].data, .timestamp_ms = now_ms});
    }
    return parts;
}

std::vector<PartitionBatch> batches_of(const std::string& stream,
                                       std::span<const ShardPart> parts) {
    std::vector<PartitionBatch> batches;
    for (const ShardPart& part : parts) {
        batches.push_back({{stream, part.shard},
                           kafka::build_batch(part.records),
                           static_cast<std::int32_t>(part.records.size())});
    }
    return batches;
}

// Each record's outcome into the place it has in the put.
void take_outcomes(const TopicInfo& stream, const ShardPart& part, const Result<Appended>& appended,
                   Timestamp arrival_ms, std::vector<Result<StoredAt>>& outcomes) {
    for (std::size_t i = 0; i < part.places.size(); ++i) {
        Result<StoredAt>& outcome = outcomes[part.places[i]];
        if (!appended) {
            outcome = std::unexpected(appended.error());
            continue;
        }
        outcome = stored_at(stream, part.shard, appended->offset_of(i), arrival_ms);
        outcome->is_repeat = appended->is_repeat;
    }
}

// The sequence number must be one that this shard could have given.
Result<Offset> offset_of(const TopicInfo& stream, std::int32_t shard, const ShardStart& start) {
    TRY(SequenceNumber sequence, decode_sequence(start.sequence_number));
    if (sequence.shard != shard || sequence.shard_created_s != stream.created_ms / 1'000) {
        return fail(Errc::invalid_argument,
                    fmt::format("sequence number {} is not of shard {} of stream '{}'",
                                start.sequence_number, shard_id_of(shard), stream.name));
    }
    bool is_after = start.kind == ShardStart::Kind::after_sequence;
    return std::max<Offset>(0, sequence.offset + (is_after ? 1 : 0));
}

// Fills `read` from fetched batches; true if a limit left some for later, of which the first
// arrived at `next_arrival_ms`.
Result<bool> take_records(const TopicInfo& stream, std::int32_t shard, std::string_view batches,
                          Offset from, const ShardLimits& limits, ShardRead& read, Offset& next,
                          Timestamp& next_arrival_ms) {
    std::size_t bytes = 0;
    bool is_cut = false;
    Status visited = kafka::visit_records(batches, [&](const kafka::RecordView& record) -> Status {
        if (record.offset < from) return {};  // the batch begins before
        std::size_t size = record.key.value_or("").size() + record.value.value_or("").size();
        bool fits = read.records.empty() ||
                    (read.records.size() < limits.records_max && bytes + size <= limits.bytes_max);
        if (!fits) {
            is_cut = true;
            next_arrival_ms = record.timestamp_ms;
            return fail(Errc::cancelled, "full");
        }
        bytes += size;
        next = record.offset + 1;
        read.records.push_back(
            {std::string(record.key.value_or("")), std::string(record.value.value_or("")),
             stored_at(stream, shard, record.offset, record.timestamp_ms).sequence_number,
             record.timestamp_ms});
        return {};
    });
    if (!visited && !is_cut) return std::unexpected(visited.error());
    if (is_cut || batches.empty()) return is_cut;
    TRY(next, kafka::end_of(batches));
    return false;
}

}  // namespace

Task<Result<std::vector<Result<StoredAt>>>> NativeStreams::put(std::string stream,
                                                               std::vector<StreamRecord> records,
                                                               IdempotencyKey key) {
    CO_TRY(TopicInfo info, co_await log_.describe_topic(stream));
    Timestamp now_ms = clock_.now_ms();
    std::vector<Result<StoredAt>> outcomes(records.size());
    auto parts = part_by_shard(records, info.partitions, now_ms, outcomes);
    auto batches = batches_of(stream, parts);
    auto appended = co_await log_.append(batches, std::move(key));
    for (std::size_t p = 0; p < parts.size(); ++p) {
        const Result<Appended>& part = appended[p];
        if (!part && part.error().code == Errc::conflict) co_return std::unexpected(part.error());
        Timestamp arrival_ms = now_ms;
        if (part && part->is_repeat) {
            arrival_ms = co_await arrival_of(batches[p].partition, *part);
        }
        take_outcomes(info, parts[p], part, arrival_ms, outcomes);
    }
    co_return outcomes;
}

// When the records of a put that is repeated first arrived: part of their sequence numbers. Where
// retention has taken them, when they were appended is near enough.
Task<Timestamp> NativeStreams::arrival_of(TopicPartition shard, Appended repeated) {
    auto fetched = co_await log_.fetch(std::move(shard), repeated.base_offset, {.bytes_max = 1});
    if (!fetched) co_return repeated.append_time_ms;
    auto header = kafka::peek_batch_header(fetched->batches);
    co_return header ? header->base_timestamp_ms : repeated.append_time_ms;
}

Task<Result<ShardPosition>> NativeStreams::position(std::string stream, std::string shard_id,
                                                    ShardStart start) {
    CO_TRY(TopicInfo info, co_await log_.describe_topic(stream));
    CO_TRY(TopicPartition shard, find_shard(info, shard_id));
    CO_TRY(OffsetRange range, co_await log_.offsets(shard));
    Offset offset = range.first;
    switch (start.kind) {
        case ShardStart::Kind::trim_horizon: break;
        case ShardStart::Kind::latest: offset = range.end; break;
        case ShardStart::Kind::at_time: {
            CO_TRY(offset, co_await log_.offset_at(shard, start.time_ms));
            break;
        }
        case ShardStart::Kind::at_sequence:
        case ShardStart::Kind::after_sequence: {
            CO_TRY(offset, offset_of(info, shard.partition, start));
            break;
        }
    }
    if (offset > range.end && start.kind != ShardStart::Kind::at_time) {
        co_return fail(
            Errc::invalid_argument,
            fmt::format("sequence number {} has not been given yet", start.sequence_number));
    }
    co_return ShardPosition{std::to_string(std::max(offset, range.first))};
}

Task<Result<ShardRead>> NativeStreams::read(std::string stream, std::string shard_id,
                                            ShardPosition from, ShardLimits limits) {
    CO_TRY(TopicInfo info, co_await log_.describe_topic(stream));
    CO_TRY(TopicPartition shard, find_shard(info, shard_id));
    auto offset = parse_int(from.token);
    if (!offset) {
        co_return fail(Errc::invalid_argument, fmt::format("'{}' is no position", from.token));
    }
    // Where retention was quicker than a slow reader, it goes on at the trim horizon.
    CO_TRY(OffsetRange kept, co_await log_.offsets(shard));
    offset = std::max(*offset, kept.first);
    FetchLimits fetch{limits.bytes_max + kBatchOverheadBytes, limits.wait_max};
    CO_TRY(Fetched fetched, co_await log_.fetch(shard, *offset, fetch));
    ShardRead read;
    Offset next = *offset;
    Timestamp next_arrival_ms = 0;
    CO_TRY(bool is_cut, take_records(info, shard.partition, fetched.batches, *offset, limits, read,
                                     next, next_arrival_ms));
    read.next.token = std::to_string(next);
    if (is_cut) {
        read.behind_ms = std::max<std::int64_t>(0, clock_.now_ms() - next_arrival_ms);
    } else {
        CO_TRY(read.behind_ms, co_await behind_ms(shard, next, fetched.offsets.end));
    }
    co_return read;
}

// The age of the record at `next`, which is not in the batches just read; 0 at the tip.
Task<Result<std::int64_t>> NativeStreams::behind_ms(TopicPartition shard, Offset next, Offset end) {
    if (next >= end) co_return 0;
    CO_TRY(Fetched fetched, co_await log_.fetch(shard, next, {.bytes_max = 1}));
    CO_TRY(kafka::BatchHeader header, kafka::peek_batch_header(fetched.batches));
    co_return std::max<std::int64_t>(0, clock_.now_ms() - header.base_timestamp_ms);
}

Task<Result<StreamInfo>> NativeStreams::create_stream(std::string name, std::int32_t shards) {
    if (name.size() > kStreamNameBytesMax) {
        co_return fail(
            Errc::invalid_argument,
            fmt::format("stream name is longer than {} characters", kStreamNameBytesMax));
    }
    if (shards < 1 || shards > kShardsMax) {
        co_return fail(Errc::invalid_argument,
                       fmt::format("{} shards: there may be 1 to {}", shards, kShardsMax));
    }
    CO_TRY(TopicInfo created, co_await log_.create_topic(std::move(name), shards));
    co_return info_of(created);
}

Task<Status> NativeStreams::remove_stream(std::string name) {
    return log_.remove_topic(std::move(name));
}

Task<Result<StreamInfo>> NativeStreams::describe_stream(std::string name) {
    CO_TRY(TopicInfo info, co_await log_.describe_topic(std::move(name)));
    co_return info_of(info);
}

Task<Result<std::vector<std::string>>> NativeStreams::list_streams() {
    CO_TRY(auto topics, co_await log_.list_topics());
    std::vector<std::string> names;
    for (TopicInfo& topic : topics) names.push_back(std::move(topic.name));
    co_return names;
}

}  // namespace pinflow::eventlog
