// SPDX-License-Identifier: Apache-2.0
#include "eventlog/journal_format.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/hash.h"

namespace pinflow::eventlog {
namespace {

constexpr std::uint64_t kFileMagic = 0x5046'4a4f'5552'4e31;  // "PFJOURN1"
constexpr std::size_t kFileCheckedFrom = 12;
constexpr std::size_t kFileHeaderBytes = kFileCheckedFrom + 8 + 8 + 8 + 1;

Result<std::string_view> get_text(ByteReader& reader) {
    TRY(auto length, reader.get<std::uint16_t>());
    return reader.get_bytes(length);
}

Result<JournalEntry> read_batch(ByteReader reader) {
    BatchEntry entry;
    TRY(entry.partition, reader.get<std::uint64_t>());
    TRY(auto has_key, reader.get<std::uint8_t>());
    if (has_key > 1) return fail(Errc::corrupt, "batch entry with an unknown flag");
    if (has_key == 1) {
        KeyMark& key = entry.key.emplace();
        TRY(key.fingerprint, reader.get<std::uint64_t>());
        TRY(auto hash, reader.get_bytes(key.hash.size()));
        std::memcpy(key.hash.data(), hash.data(), hash.size());
    }
    entry.batch = reader.rest();
    return entry;
}

// What reads less than there is has not understood it.
Status check_ends(const ByteReader& reader) {
    if (reader.remaining() == 0) return {};
    return fail(Errc::corrupt,
                fmt::format("{} bytes behind a journal entry's fields", reader.remaining()));
}

Result<JournalEntry> read_topic_created(ByteReader reader) {
    TopicCreatedEntry entry;
    TRY(auto space, reader.get<std::uint8_t>());
    if (space > 1) return fail(Errc::corrupt, "topic entry of an unknown name space");
    entry.space = static_cast<Space>(space);
    TRY(entry.created_ms, reader.get<std::int64_t>());
    TRY(entry.first_partition, reader.get<std::uint64_t>());
    TRY(entry.partitions, reader.get<std::int32_t>());
    TRY(auto uuid, get_text(reader));
    TRY(auto name, get_text(reader));
    entry.uuid = uuid;
    entry.name = name;
    TRY_STATUS(check_ends(reader));
    TRY_STATUS(check_stored_topic(entry.name, static_cast<std::uint32_t>(entry.partitions)));
    return entry;
}

Result<JournalEntry> read_topic_removed(ByteReader reader) {
    TopicRemovedEntry entry;
    TRY(entry.first_partition, reader.get<std::uint64_t>());
    TRY_STATUS(check_ends(reader));
    return entry;
}

Result<JournalEntry> read_log_start(ByteReader reader) {
    LogStartEntry entry;
    TRY(entry.partition, reader.get<std::uint64_t>());
    TRY(entry.offset, reader.get<std::int64_t>());
    TRY_STATUS(check_ends(reader));
    return entry;
}

Result<JournalEntry> read_continues(const ByteReader& reader) {
    TRY_STATUS(check_ends(reader));
    return ContinuesEntry{};
}

Result<JournalEntry> read_entry(EntryKind kind, std::string_view content) {
    switch (kind) {
        case EntryKind::batch: return read_batch(ByteReader(content));
        case EntryKind::topic_created: return read_topic_created(ByteReader(content));
        case EntryKind::topic_removed: return read_topic_removed(ByteReader(content));
        case EntryKind::log_start: return read_log_start(ByteReader(content));
        case EntryKind::continues: return read_continues(ByteReader(content));
    }
    return fail(Errc::corrupt, "journal entry of an unknown kind");
}

}  // namespace

std::uint64_t padded_to_block(std::uint64_t bytes) {
    return (bytes + kJournalBlockBytes - 1) / kJournalBlockBytes * kJournalBlockBytes;
}

std::uint64_t GroupHeader::stored_bytes() const {
    return padded_to_block(kGroupHeaderBytes + std::uint64_t{body_bytes});
}

Result<GroupHeader> read_group_header(std::string_view bytes) {
    ByteReader reader(bytes);
    TRY(auto magic, reader.get<std::uint32_t>());
    if (magic != kGroupMagic) return fail(Errc::corrupt, "no group begins here");
    GroupHeader header;
    TRY(header.crc, reader.get<std::uint32_t>());
    TRY(header.epoch, reader.get<std::uint64_t>());
    TRY(header.number, reader.get<std::uint64_t>());
    TRY(header.append_time_ms, reader.get<std::int64_t>());
    TRY(header.body_bytes, reader.get<std::uint32_t>());
    TRY(header.entry_count, reader.get<std::uint32_t>());
    return header;
}

Status check_group(const GroupHeader& header, std::string_view stored) {
    if (stored.size() < header.stored_bytes()) {
        return fail(Errc::corrupt, "the file ends inside a group");
    }
    std::size_t used = kGroupHeaderBytes + header.body_bytes;
    if (crc32c(stored.substr(kGroupCheckedFrom, used - kGroupCheckedFrom)) != header.crc) {
        return fail(Errc::corrupt, "a group's CRC does not fit its bytes");
    }
    std::string_view padding = stored.substr(used, header.stored_bytes() - used);
    if (padding.find_first_not_of('\0') != std::string_view::npos) {
        return fail(Errc::corrupt, "a group's padding is not zeros");
    }
    return {};
}

std::string encode_file_header(const JournalFileHeader& header) {
    std::string checked;
    ByteWriter writer(checked);
    writer.put(header.epoch);
    writer.put(header.sequence);
    writer.put(header.file_bytes);
    writer.put(static_cast<std::uint8_t>(header.syncs));
    std::string block;
    ByteWriter front(block);
    front.put(kFileMagic);
    front.put(crc32c(checked));
    front.put_bytes(checked);
    block.resize(kJournalBlockBytes, '\0');
    return block;
}

Result<JournalFileHeader> decode_file_header(std::string_view block) {
    if (block.size() < kJournalBlockBytes) return fail(Errc::corrupt, "the file has no header");
    ByteReader reader(block);
    TRY(auto magic, reader.get<std::uint64_t>());
    TRY(auto crc, reader.get<std::uint32_t>());
    std::string_view checked = block.substr(kFileCheckedFrom, kFileHeaderBytes - kFileCheckedFrom);
    if (magic != kFileMagic || crc != crc32c(checked)) {
        return fail(Errc::corrupt, "the header of the journal file does not check");
    }
    JournalFileHeader header;
    TRY(header.epoch, reader.get<std::uint64_t>());
    TRY(header.sequence, reader.get<std::uint64_t>());
    TRY(header.file_bytes, reader.get<std::uint64_t>());
    TRY(auto syncs, reader.get<std::uint8_t>());
    header.syncs = syncs != 0;
    return header;
}

Result<std::optional<JournalEntry>> EntryReader::next() {
    if (rest_.empty()) return std::nullopt;
    ByteReader reader(rest_);
    TRY(auto kind, reader.get<std::uint8_t>());
    TRY(auto length, reader.get<std::uint32_t>());
    TRY(auto content, reader.get_bytes(length));
    rest_ = reader.rest();
    TRY(auto entry, read_entry(static_cast<EntryKind>(kind), content));
    return entry;
}

}  // namespace pinflow::eventlog
