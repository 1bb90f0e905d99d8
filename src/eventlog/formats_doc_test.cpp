// SPDX-License-Identifier: Apache-2.0
// Holds that the examples and tables in docs/formats are what the program writes and reads. After a
// change that is meant, PINFLOW_WRITE_FORMATS=1 eventlog_test --gtest_filter='FormatPages.*' writes
// the examples anew.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/bytes.h"
#include "codec/kafka/record_batch.h"
#include "eventlog/checkpoint.h"
#include "eventlog/group_builder.h"
#include "eventlog/index_file.h"

namespace pinflow::eventlog {
namespace {

constexpr std::uint64_t kEpoch = 0x1f2e'3d4c'5b6a'7988;
constexpr Timestamp kTime = 1'700'000'000'000;
constexpr std::size_t kRowBytes = 16;

std::string read_page(const std::string& name) {
    std::ifstream file(PINFLOW_SOURCE_DIR "/docs/formats/" + name);
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_FALSE(text.str().empty()) << name;
    return text.str();
}

std::string hex(std::string_view bytes) {
    std::string text;
    for (char byte : bytes) text += fmt::format("{:02x} ", static_cast<unsigned char>(byte));
    return text;
}

// The bytes of one thing, field by field as they are read, one line a field.
class Example {
public:
    Example(std::string page, std::string name, std::string bytes)
        : page_(std::move(page)), name_(std::move(name)), bytes_(std::move(bytes)) {}

    // `value` is what the program's reader made of the next `count` bytes.
    template <class T>
    Example& field(std::size_t count, std::string_view field, const T& value) {
        add(count, fmt::format("{}: {}", field, value));
        return *this;
    }
    // The same of a field that stands in the page's table, at this place and of this size.
    template <class T>
    Example& in_table(std::size_t count, std::string_view name, const T& value) {
        std::string row = fmt::format("| {} | {} | {} |", at_ - table_at_, count, name);
        EXPECT_NE(read_page(page_).find("\n" + row), std::string::npos) << page_ << ": " << row;
        return field(count, name, value);
    }
    // What follows counts its places from here, in its table.
    Example& begin_table() {
        table_at_ = at_;
        return *this;
    }
    Example& zeros(std::size_t count) {
        EXPECT_EQ(bytes_.substr(at_, count), std::string(count, '\0'));
        lines_ += fmt::format("{:>5}  ... {} bytes of zeros\n", at_, count);
        at_ += count;
        return *this;
    }

    // Every byte is told, and the page's block says the same.
    void check() {
        EXPECT_EQ(at_, bytes_.size()) << name_;
        std::string page = read_page(page_);
        std::string fence = "```text example:" + name_ + "\n";
        std::size_t begin = page.find(fence);
        ASSERT_NE(begin, std::string::npos) << page_ << " has no example " << name_;
        begin += fence.size();
        std::size_t end = page.find("```", begin);
        ASSERT_NE(end, std::string::npos);
        if (std::getenv("PINFLOW_WRITE_FORMATS") != nullptr) {
            page.replace(begin, end - begin, lines_);
            std::ofstream(PINFLOW_SOURCE_DIR "/docs/formats/" + page_) << page;
            return;
        }
        EXPECT_EQ(page.substr(begin, end - begin), lines_) << page_;
    }

private:
    void add(std::size_t count, const std::string& text) {
        ASSERT_LE(at_ + count, bytes_.size()) << name_;
        for (std::size_t row = 0; row < count; row += kRowBytes) {
            std::string_view part =
                std::string_view(bytes_).substr(at_ + row, std::min(kRowBytes, count - row));
            std::string line = fmt::format("{:>5}  {:<48} {}", at_ + row, hex(part),
                                           row == 0 ? text : std::string());
            lines_ += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
        }
        at_ += count;
    }

    const std::string page_;
    const std::string name_;
    const std::string bytes_;
    std::string lines_;
    std::size_t at_ = 0;
    std::size_t table_at_ = 0;
};

std::string sample_batch() {
    std::vector<Record> records{{.key = "k", .value = R"({"index":7528})", .timestamp_ms = kTime}};
    std::string batch = kafka::build_batch(records);
    kafka::set_base_offset(batch, 1'234);
    return batch;
}

std::string file_bytes(std::span<const std::string_view> parts) {
    std::string bytes;
    for (std::string_view part : parts) bytes += part;
    return bytes;
}

TEST(FormatPages, segment) {
    std::string bytes = sample_batch();
    auto header = kafka::read_batch_header(bytes).value();
    auto records = kafka::decode_records(bytes).value();
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].offset, 1'234);
    EXPECT_EQ(records[0].timestamp_ms, kTime);
    Example("segment.md", "segment", bytes)
        .field(8, "base offset", header.base_offset)
        .field(4, "length", header.length)
        .field(4, "leader epoch", header.leader_epoch)
        .field(1, "magic", 2)
        .field(4, "CRC", fmt::format("{:08x}", header.crc))
        .field(2, "attributes", header.attributes)
        .field(4, "last offset delta", header.last_offset_delta)
        .field(8, "base timestamp", header.base_timestamp_ms)
        .field(8, "max timestamp", header.max_timestamp_ms)
        .field(8, "producer id", header.producer_id)
        .field(2, "producer epoch", header.producer_epoch)
        .field(4, "base sequence", header.base_sequence)
        .field(4, "record count", header.record_count)
        .field(1, "record: length", 21)
        .field(1, "attributes", 0)
        .field(1, "timestamp delta", 0)
        .field(1, "offset delta", 0)
        .field(1, "key length", records[0].key->size())
        .field(1, "key", *records[0].key)
        .field(1, "value length", records[0].value->size())
        .field(14, "value", *records[0].value)
        .field(1, "header count", records[0].headers.size())
        .check();
}

TEST(FormatPages, batch_header_table) {
    std::string page = read_page("record_batch.md");
    for (std::string_view row :
         {"| 0 | 8 | base offset |", "| 8 | 4 | length |", "| 12 | 4 | leader epoch |",
          "| 16 | 1 | magic |", "| 17 | 4 | CRC |", "| 21 | 2 | attributes |",
          "| 23 | 4 | last offset delta |", "| 27 | 8 | base timestamp |",
          "| 35 | 8 | max timestamp |", "| 43 | 8 | producer id |", "| 51 | 2 | producer epoch |",
          "| 53 | 4 | base sequence |", "| 57 | 4 | record count |", "| 61 | | records |"}) {
        EXPECT_NE(page.find(row), std::string::npos) << row;
    }
}

TEST(FormatPages, journal_file) {
    std::string bytes =
        encode_file_header({.epoch = kEpoch, .sequence = 3, .file_bytes = 64 << 20, .syncs = true});
    auto header = decode_file_header(bytes).value();
    Example("journal.md", "journal_file", bytes)
        .in_table(8, "magic", bytes.substr(0, 8))
        .in_table(4, "CRC", fmt::format("{:08x}", get_at<std::uint32_t>(bytes, 8)))
        .in_table(8, "epoch", fmt::format("{:016x}", header.epoch))
        .in_table(8, "sequence", header.sequence)
        .in_table(8, "file bytes", header.file_bytes)
        .in_table(1, "syncs", header.syncs ? 1 : 0)
        .zeros(4'059)
        .check();
}

TEST(FormatPages, journal_group) {
    std::string batch = sample_batch();
    KeyMark key{.hash = KeyTable::hash_of("topics/key-1"), .fingerprint = 0xab};
    GroupBuilder group;
    group.add(TopicCreatedEntry{.space = Space::topics,
                                .name = "u.pin",
                                .uuid = "6f9619ff-8b86-4011-b42d-00c04fc964ff",
                                .created_ms = kTime,
                                .first_partition = 7,
                                .partitions = 1});
    group.add(BatchEntry{.partition = 7, .key = key, .batch = batch});
    std::string bytes = file_bytes(group.finish(kEpoch, 12, kTime));

    auto header = read_group_header(bytes).value();
    ASSERT_TRUE(check_group(header, bytes).has_value());
    EntryReader entries(std::string_view(bytes).substr(kGroupHeaderBytes, header.body_bytes));
    auto created = std::get<TopicCreatedEntry>(entries.next().value().value());
    auto stored = std::get<BatchEntry>(entries.next().value().value());
    ASSERT_FALSE(entries.next().value().has_value());
    ASSERT_EQ(stored.batch, batch);
    ASSERT_EQ(stored.key->hash, key.hash);
    std::size_t used = kGroupHeaderBytes + header.body_bytes;
    Example("journal.md", "journal_group", bytes)
        .in_table(4, "magic", bytes.substr(0, 4))
        .in_table(4, "CRC", fmt::format("{:08x}", header.crc))
        .in_table(8, "epoch", fmt::format("{:016x}", header.epoch))
        .in_table(8, "number", header.number)
        .in_table(8, "append time", header.append_time_ms)
        .in_table(4, "body bytes", header.body_bytes)
        .in_table(4, "entry count", header.entry_count)
        .field(1, "entry", "topic_created")
        .field(4, "length", get_at<std::uint32_t>(bytes, 41))
        .field(1, "name space", name_of(created.space))
        .field(8, "creation", created.created_ms)
        .field(8, "first partition id", created.first_partition)
        .field(4, "partitions", created.partitions)
        .field(2, "uuid, its length", 36)
        .field(36, "uuid", created.uuid)
        .field(2, "name, its length", 5)
        .field(5, "name", created.name)
        .field(1, "entry", "batch")
        .field(4, "length", get_at<std::uint32_t>(bytes, used - batch.size() - 33 - 4))
        .field(8, "partition id", stored.partition)
        .field(1, "has key", 1)
        .field(8, "fingerprint", stored.key->fingerprint)
        .field(16, "key", "half of its SHA-256")
        .field(batch.size(), "record batch", "segment.md has it field by field")
        .zeros(bytes.size() - used)
        .check();
}

TEST(FormatPages, index) {
    StoredIndex index{.covered_bytes = 33'500, .covered_end = 1'300};
    index.index.append({.base_offset = 1'234, .position = 0, .max_timestamp_ms = kTime});
    index.index.append({.base_offset = 1'290, .position = 32'900, .max_timestamp_ms = kTime + 9});
    std::string bytes = encode_index(1'234, index);
    auto read = decode_index(1'234, bytes).value();
    auto first = read.index.stretches()[0];
    auto second = read.index.stretches()[1];
    EXPECT_NE(read_page("index.md").find("\n| 36 | 24 each | entries |"), std::string::npos);
    Example("index.md", "index", bytes)
        .in_table(4, "magic", bytes.substr(0, 4))
        .in_table(4, "CRC", fmt::format("{:08x}", get_at<std::uint32_t>(bytes, 4)))
        .in_table(8, "base offset", 1'234)
        .in_table(8, "covered bytes", read.covered_bytes)
        .in_table(8, "covered end", read.covered_end)
        .in_table(4, "count", read.index.stretches().size())
        .field(8, "offset", first.base_offset)
        .field(8, "place", first.position)
        .field(8, "largest timestamp", first.max_timestamp_ms)
        .field(8, "offset", second.base_offset)
        .field(8, "place", second.position)
        .field(8, "largest timestamp", second.max_timestamp_ms)
        .check();
}

CheckpointState sample_checkpoint() {
    PartitionState partition{.log_start = 1'000, .end = 1'235};
    partition.segments.push_back({.base_offset = 1'000,
                                  .end_offset = 1'235,
                                  .bytes = 40'960,
                                  .last_batch = 40'877,
                                  .first_append_ms = kTime - 5,
                                  .last_append_ms = kTime});
    partition.producers.push_back({.producer_id = 42,
                                   .epoch = 0,
                                   .batches = {{.first_sequence = 0,
                                                .last_sequence = 4,
                                                .base_offset = 1'229,
                                                .append_time_ms = kTime - 1}}});
    CheckpointState state{.generation = 9, .journal = {kEpoch, 3, 8'192, 13}, .next_partition = 8};
    state.topics.push_back({.space = Space::topics,
                            .name = "u.pin",
                            .uuid = "6f9619ff-8b86-4011-b42d-00c04fc964ff",
                            .created_ms = kTime,
                            .first_partition = 7,
                            .partitions = {partition}});
    state.keys.push_back({.hash = KeyTable::hash_of("topics/key-1"),
                          .fingerprint = 0xab,
                          .append_time_ms = kTime,
                          .placements = {{7, 1'234, 1}}});
    return state;
}

void add_partition(Example& example, const PartitionState& partition) {
    const SegmentState& segment = partition.segments.at(0);
    const ProducerState& producer = partition.producers.at(0);
    const ProducerBatch& batch = producer.batches.at(0);
    example.field(8, "log start", partition.log_start)
        .field(8, "end offset", partition.end)
        .field(4, "segments", partition.segments.size())
        .field(8, "base offset", segment.base_offset)
        .field(8, "end offset", segment.end_offset)
        .field(8, "bytes", segment.bytes)
        .field(8, "place of the last batch", segment.last_batch)
        .field(8, "first append time", segment.first_append_ms)
        .field(8, "last append time", segment.last_append_ms)
        .field(4, "producers", partition.producers.size())
        .field(8, "producer id", producer.producer_id)
        .field(2, "epoch", producer.epoch)
        .field(1, "batches", producer.batches.size())
        .field(4, "first sequence number", batch.first_sequence)
        .field(4, "last sequence number", batch.last_sequence)
        .field(8, "base offset", batch.base_offset)
        .field(8, "append time", batch.append_time_ms);
}

TEST(FormatPages, checkpoint) {
    std::string bytes = encode_checkpoint(sample_checkpoint());
    auto state = decode_checkpoint(bytes).value();
    const TopicState& topic = state.topics.at(0);
    const KeyEntry& key = state.keys.at(0);
    ASSERT_EQ(key, sample_checkpoint().keys.at(0));
    Example example("checkpoint.md", "checkpoint", bytes);
    example.in_table(8, "magic", bytes.substr(0, 8))
        .in_table(8, "length", get_at<std::uint64_t>(bytes, 8))
        .in_table(4, "CRC", fmt::format("{:08x}", get_at<std::uint32_t>(bytes, 16)))
        .in_table(8, "generation", state.generation)
        .in_table(8, "journal epoch", fmt::format("{:016x}", state.journal.epoch))
        .in_table(8, "journal file", state.journal.file)
        .in_table(8, "journal position", state.journal.position)
        .in_table(8, "journal number", state.journal.number)
        .in_table(8, "next partition", state.next_partition)
        .in_table(1, "clean", state.is_clean ? 1 : 0)
        .in_table(4, "topics", state.topics.size())
        .field(1, "name space", name_of(topic.space))
        .field(2, "name, its length", 5)
        .field(5, "name", topic.name)
        .field(2, "uuid, its length", 36)
        .field(36, "uuid", topic.uuid)
        .field(8, "creation", topic.created_ms)
        .field(1, "is gone", topic.is_removing ? 1 : 0)
        .field(8, "first partition id", topic.first_partition)
        .field(4, "partitions", topic.partitions.size());
    add_partition(example, topic.partitions.at(0));
    example.field(4, "keys", state.keys.size())
        .field(16, "key", "half of its SHA-256")
        .field(8, "fingerprint", key.fingerprint)
        .field(8, "append time", key.append_time_ms)
        .field(4, "placements", key.placements.size())
        .field(8, "partition id", key.placements[0].partition_id)
        .field(8, "base offset", key.placements[0].base_offset)
        .field(4, "record count", key.placements[0].record_count)
        .check();
}

}  // namespace
}  // namespace pinflow::eventlog
