// SPDX-License-Identifier: Apache-2.0
#include "eventlog/checkpoint.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/crash_point.h"
#include "base/hash.h"
#include "eventlog/small_file.h"

namespace pinflow::eventlog {
namespace {

constexpr std::uint64_t kMagic =
    0x5046'4348'4b50'5431;  // "PFCHKPT1"; then the body's length and CRC
constexpr std::string_view kNames[] = {"checkpoint.0", "checkpoint.1"};

void put_text(ByteWriter& writer, std::string_view text) {
    writer.put(static_cast<std::uint16_t>(text.size()));
    writer.put_bytes(text);
}

void put_segment(ByteWriter& writer, const SegmentState& segment) {
    writer.put(segment.base_offset);
    writer.put(segment.end_offset);
    writer.put(segment.bytes);
    writer.put(segment.last_batch);
    writer.put(segment.first_append_ms);
    writer.put(segment.last_append_ms);
}

void put_producer(ByteWriter& writer, const ProducerState& producer) {
    writer.put(producer.producer_id);
    writer.put(producer.epoch);
    writer.put(static_cast<std::uint8_t>(producer.batches.size()));
    for (const ProducerBatch& batch : producer.batches) {
        writer.put(batch.first_sequence);
        writer.put(batch.last_sequence);
        writer.put(batch.base_offset);
        writer.put(batch.append_time_ms);
    }
}

void put_partition(ByteWriter& writer, const PartitionState& partition) {
    writer.put(partition.log_start);
    writer.put(partition.end);
    writer.put(static_cast<std::uint32_t>(partition.segments.size()));
    for (const SegmentState& segment : partition.segments) put_segment(writer, segment);
    writer.put(static_cast<std::uint32_t>(partition.producers.size()));
    for (const ProducerState& producer : partition.producers) put_producer(writer, producer);
}

void put_topic(ByteWriter& writer, const TopicState& topic) {
    writer.put(static_cast<std::uint8_t>(topic.space));
    put_text(writer, topic.name);
    put_text(writer, topic.uuid);
    writer.put(topic.created_ms);
    writer.put(static_cast<std::uint8_t>(topic.is_removing));
    writer.put(topic.first_partition);
    writer.put(static_cast<std::uint32_t>(topic.partitions.size()));
    for (const PartitionState& partition : topic.partitions) put_partition(writer, partition);
}

void put_key(ByteWriter& writer, const KeyEntry& key) {
    writer.put_bytes({reinterpret_cast<const char*>(key.hash.data()), key.hash.size()});
    writer.put(key.fingerprint);
    writer.put(key.append_time_ms);
    writer.put(static_cast<std::uint32_t>(key.placements.size()));
    for (const KeyPlacement& placement : key.placements) {
        writer.put(placement.partition_id);
        writer.put(placement.base_offset);
        writer.put(placement.record_count);
    }
}

Result<std::string> get_text(ByteReader& reader) {
    TRY(auto length, reader.get<std::uint16_t>());
    TRY(auto text, reader.get_bytes(length));
    return std::string(text);
}

// A count of things of which each takes at least `bytes_each`: so nothing is allocated for what
// cannot be there.
Result<std::uint32_t> get_count(ByteReader& reader, std::size_t bytes_each) {
    TRY(auto count, reader.get<std::uint32_t>());
    if (count > reader.remaining() / bytes_each) {
        return fail(Errc::corrupt, "a count is larger than what follows");
    }
    return count;
}

Result<SegmentState> get_segment(ByteReader& reader) {
    SegmentState segment;
    TRY(segment.base_offset, reader.get<std::int64_t>());
    TRY(segment.end_offset, reader.get<std::int64_t>());
    TRY(segment.bytes, reader.get<std::uint64_t>());
    TRY(segment.last_batch, reader.get<std::uint64_t>());
    TRY(segment.first_append_ms, reader.get<std::int64_t>());
    TRY(segment.last_append_ms, reader.get<std::int64_t>());
    return segment;
}

Result<ProducerState> get_producer(ByteReader& reader) {
    ProducerState producer;
    TRY(producer.producer_id, reader.get<std::int64_t>());
    TRY(producer.epoch, reader.get<std::int16_t>());
    TRY(auto count, reader.get<std::uint8_t>());
    if (count < 1 || count > kProducerBatchesMax) {
        return fail(Errc::corrupt, fmt::format("a producer of {} batches", count));
    }
    for (std::uint8_t i = 0; i < count; ++i) {
        ProducerBatch batch;
        TRY(batch.first_sequence, reader.get<std::int32_t>());
        TRY(batch.last_sequence, reader.get<std::int32_t>());
        TRY(batch.base_offset, reader.get<std::int64_t>());
        TRY(batch.append_time_ms, reader.get<std::int64_t>());
        producer.batches.push_back(batch);
    }
    return producer;
}

// Offsets go up from segment to segment, with holes where a loss was accepted.
Status check_offsets(const PartitionState& partition) {
    bool is_good = partition.log_start >= 0 && partition.log_start <= partition.end;
    Offset next = 0;
    for (const SegmentState& segment : partition.segments) {
        is_good = is_good && segment.base_offset >= next &&
                  segment.end_offset > segment.base_offset && segment.last_batch < segment.bytes;
        next = segment.end_offset;
    }
    if (is_good && next <= partition.end) return {};
    return fail(Errc::corrupt, fmt::format("a partition of offsets {} to {} whose segments do not "
                                           "follow one another",
                                           partition.log_start, partition.end));
}

Result<PartitionState> get_partition(ByteReader& reader) {
    PartitionState partition;
    TRY(partition.log_start, reader.get<std::int64_t>());
    TRY(partition.end, reader.get<std::int64_t>());
    TRY(auto segments, get_count(reader, 6 * 8));
    for (std::uint32_t i = 0; i < segments; ++i) {
        TRY(auto segment, get_segment(reader));
        partition.segments.push_back(segment);
    }
    TRY(auto producers, get_count(reader, 8 + 2 + 1));
    for (std::uint32_t i = 0; i < producers; ++i) {
        TRY(auto producer, get_producer(reader));
        if (i > 0 && producer.producer_id <= partition.producers.back().producer_id) {
            return fail(Errc::corrupt, "producers that are not in order");
        }
        partition.producers.push_back(std::move(producer));
    }
    TRY_STATUS(check_offsets(partition));
    return partition;
}

Result<TopicState> get_topic(ByteReader& reader) {
    TopicState topic;
    TRY(auto space, reader.get<std::uint8_t>());
    if (space > 1) return fail(Errc::corrupt, "a topic of an unknown name space");
    topic.space = static_cast<Space>(space);
    TRY(topic.name, get_text(reader));
    TRY(topic.uuid, get_text(reader));
    TRY(topic.created_ms, reader.get<std::int64_t>());
    TRY(auto is_removing, reader.get<std::uint8_t>());
    topic.is_removing = is_removing != 0;
    TRY(topic.first_partition, reader.get<std::uint64_t>());
    TRY(auto partitions, get_count(reader, 8 + 8 + 4 + 4));
    TRY_STATUS(check_stored_topic(topic.name, partitions));
    for (std::uint32_t i = 0; i < partitions; ++i) {
        TRY(auto partition, get_partition(reader));
        topic.partitions.push_back(std::move(partition));
    }
    return topic;
}

Result<KeyEntry> get_key(ByteReader& reader) {
    KeyEntry key;
    TRY(auto hash, reader.get_bytes(key.hash.size()));
    std::memcpy(key.hash.data(), hash.data(), hash.size());
    TRY(key.fingerprint, reader.get<std::uint64_t>());
    TRY(key.append_time_ms, reader.get<std::int64_t>());
    TRY(auto placements, get_count(reader, 8 + 8 + 4));
    for (std::uint32_t i = 0; i < placements; ++i) {
        KeyPlacement placement;
        TRY(placement.partition_id, reader.get<std::uint64_t>());
        TRY(placement.base_offset, reader.get<std::int64_t>());
        TRY(placement.record_count, reader.get<std::int32_t>());
        key.placements.push_back(placement);
    }
    return key;
}

Result<CheckpointState> get_body(ByteReader reader) {
    CheckpointState state;
    TRY(state.generation, reader.get<std::uint64_t>());
    TRY(state.journal.epoch, reader.get<std::uint64_t>());
    TRY(state.journal.file, reader.get<std::uint64_t>());
    TRY(state.journal.position, reader.get<std::uint64_t>());
    TRY(state.journal.number, reader.get<std::uint64_t>());
    TRY(state.next_partition, reader.get<std::uint64_t>());
    TRY(auto is_clean, reader.get<std::uint8_t>());
    state.is_clean = is_clean != 0;
    TRY(auto topics, get_count(reader, 1 + 2 + 2 + 8 + 1 + 8 + 4));
    for (std::uint32_t i = 0; i < topics; ++i) {
        TRY(auto topic, get_topic(reader));
        state.topics.push_back(std::move(topic));
    }
    TRY(auto keys, get_count(reader, 16 + 8 + 8 + 4));
    for (std::uint32_t i = 0; i < keys; ++i) {
        TRY(auto key, get_key(reader));
        state.keys.push_back(std::move(key));
    }
    if (reader.remaining() > 0) return fail(Errc::corrupt, "bytes behind the last key");
    return state;
}

}  // namespace

std::string encode_checkpoint(const CheckpointState& state) {
    std::string body;
    ByteWriter writer(body);
    writer.put(state.generation);
    writer.put(state.journal.epoch);
    writer.put(state.journal.file);
    writer.put(state.journal.position);
    writer.put(state.journal.number);
    writer.put(state.next_partition);
    writer.put(static_cast<std::uint8_t>(state.is_clean));
    writer.put(static_cast<std::uint32_t>(state.topics.size()));
    for (const TopicState& topic : state.topics) put_topic(writer, topic);
    writer.put(static_cast<std::uint32_t>(state.keys.size()));
    for (const KeyEntry& key : state.keys) put_key(writer, key);

    std::string bytes;
    ByteWriter front(bytes);
    front.put(kMagic);
    front.put(static_cast<std::uint64_t>(body.size()));
    front.put(crc32c(body));
    front.put_bytes(body);
    return bytes;
}

Result<CheckpointState> decode_checkpoint(std::string_view bytes) {
    ByteReader reader(bytes);
    TRY(auto magic, reader.get<std::uint64_t>());
    if (magic != kMagic) return fail(Errc::corrupt, "it is no checkpoint of this version");
    TRY(auto length, reader.get<std::uint64_t>());
    TRY(auto crc, reader.get<std::uint32_t>());
    if (length != reader.remaining()) return fail(Errc::corrupt, "it has not its length");
    if (crc != crc32c(reader.rest())) return fail(Errc::corrupt, "its CRC does not fit its bytes");
    return get_body(reader);
}

Status save_checkpoint(Files& files, const std::string& log_directory,
                       const CheckpointState& state) {
    std::string bytes = encode_checkpoint(state);
    crash_point("checkpoint.before_first_copy");
    TRY_STATUS(replace_file(files, log_directory, std::string(kNames[0]), bytes));
    crash_point("checkpoint.between_copies");
    TRY_STATUS(replace_file(files, log_directory, std::string(kNames[1]), bytes));
    crash_point("checkpoint.after_second_copy");
    return {};
}

Result<CheckpointState> load_checkpoint(Files& files, const std::string& log_directory,
                                        std::vector<std::string>& notes) {
    std::optional<CheckpointState> newest;
    bool is_any_there = false;
    for (std::string_view name : kNames) {
        std::string path = fmt::format("{}/{}", log_directory, name);
        auto bytes = read_small_file(files, path);
        if (!bytes && bytes.error().code != Errc::not_found) {
            return std::unexpected(bytes.error());
        }
        is_any_there |= bytes.has_value();
        auto state = bytes ? decode_checkpoint(*bytes) : std::unexpected(bytes.error());
        if (!state) notes.push_back(fmt::format("{}: {}", path, state.error().text));
        else if (!newest || state->generation > newest->generation) newest = *std::move(state);
    }
    if (newest) return *std::move(newest);
    if (!is_any_there) {
        notes.clear();
        return fail(Errc::not_found, fmt::format("there is no checkpoint in {}", log_directory));
    }
    return fail(Errc::corrupt, fmt::format("no copy of the checkpoint is whole: {}; restore one "
                                           "from a copy of the data",
                                           fmt::join(notes, "; ")));
}

}  // namespace pinflow::eventlog
