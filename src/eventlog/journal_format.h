// SPDX-License-Identifier: Apache-2.0
// The bytes of the journal. In prose: docs/formats/journal.md. Big-endian, as the batches are.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "eventlog/key_table.h"
#include "eventlog/space.h"
#include "record/record.h"

namespace pinflow::eventlog {

// Groups begin at multiples of this, so that a write never touches a block that was acknowledged.
constexpr std::size_t kJournalBlockBytes = 4096;

constexpr std::uint32_t kGroupMagic = 0x5046'4a47;  // "PFJG"
constexpr std::size_t kGroupHeaderBytes = 40;
constexpr std::size_t kGroupCheckedFrom = 8;  // the CRC covers what follows it

struct GroupHeader {
    std::uint32_t crc = 0;  // CRC-32C of the header behind it and of the body
    std::uint64_t epoch = 0;
    std::uint64_t number = 0;  // strictly consecutive within an epoch
    Timestamp append_time_ms = 0;
    std::uint32_t body_bytes = 0;
    std::uint32_t entry_count = 0;

    // In the file, with the zeros up to the next block.
    std::uint64_t stored_bytes() const;
};

std::uint64_t padded_to_block(std::uint64_t bytes);

// The CRC is not looked at. corrupt: no group begins here.
Result<GroupHeader> read_group_header(std::string_view bytes);
// A whole stored group: CRC and padding. corrupt if anything in it is not as it was written.
Status check_group(const GroupHeader& header, std::string_view stored);

// The first block of a journal file.
struct JournalFileHeader {
    std::uint64_t epoch = 0;
    std::uint64_t sequence = 0;    // of the file; the number in its name
    std::uint64_t file_bytes = 0;  // the file's size from the first: a shorter one was cut
    bool syncs = true;  // false under durability os: an invalid group simply ends the log
};

std::string encode_file_header(const JournalFileHeader& header);
Result<JournalFileHeader> decode_file_header(std::string_view block);

enum class EntryKind : std::uint8_t {
    batch = 1,
    topic_created = 2,
    topic_removed = 3,
    log_start = 4,
    continues = 5,  // the last entry of a file: the next group is in the next file
};

struct KeyMark {
    KeyHash hash{};  // the first half of the SHA-256 of the client's key
    std::uint64_t fingerprint = 0;
};

struct BatchEntry {
    PartitionId partition = 0;
    std::optional<KeyMark> key;
    std::string_view batch;
};
struct TopicCreatedEntry {
    Space space = Space::topics;
    std::string name;
    std::string uuid;
    Timestamp created_ms = 0;
    PartitionId first_partition = 0;  // the others follow
    std::int32_t partitions = 0;
};
struct TopicRemovedEntry {
    PartitionId first_partition = 0;  // which names one life of a topic
};
struct LogStartEntry {
    PartitionId partition = 0;
    Offset offset = 0;
};
struct ContinuesEntry {};

using JournalEntry =
    std::variant<BatchEntry, TopicCreatedEntry, TopicRemovedEntry, LogStartEntry, ContinuesEntry>;

// Walks the entries of a checked body: views into it.
class EntryReader {
public:
    explicit EntryReader(std::string_view body) : rest_(body) {}

    // Nothing after the last.
    Result<std::optional<JournalEntry>> next();

private:
    std::string_view rest_;
};

}  // namespace pinflow::eventlog
