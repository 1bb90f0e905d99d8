// SPDX-License-Identifier: Apache-2.0
#include "eventlog/group_builder.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/hash.h"

namespace pinflow::eventlog {
namespace {

constexpr char kZeros[kJournalBlockBytes] = {};

void put_text(ByteWriter& writer, std::string_view text) {
    writer.put(static_cast<std::uint16_t>(text.size()));
    writer.put_bytes(text);
}

}  // namespace

void GroupBuilder::add_piece(EntryKind kind, std::string_view fields, std::string_view batch) {
    Piece piece{.front_begin = fronts_.size(), .batch = batch};
    ByteWriter writer(fronts_);
    writer.put(static_cast<std::uint8_t>(kind));
    writer.put(static_cast<std::uint32_t>(fields.size() + batch.size()));
    writer.put_bytes(fields);
    piece.front_bytes = fronts_.size() - piece.front_begin;
    body_bytes_ += piece.front_bytes + batch.size();
    ++entry_count_;
    pieces_.push_back(piece);
}

void GroupBuilder::add(const BatchEntry& entry) {
    std::string fields;
    ByteWriter writer(fields);
    writer.put(entry.partition);
    writer.put(static_cast<std::uint8_t>(entry.key.has_value()));
    if (entry.key) {
        writer.put(entry.key->fingerprint);
        writer.put_bytes(
            {reinterpret_cast<const char*>(entry.key->hash.data()), entry.key->hash.size()});
    }
    add_piece(EntryKind::batch, fields, entry.batch);
}

void GroupBuilder::add(const TopicCreatedEntry& entry) {
    std::string fields;
    ByteWriter writer(fields);
    writer.put(static_cast<std::uint8_t>(entry.space));
    writer.put(entry.created_ms);
    writer.put(entry.first_partition);
    writer.put(entry.partitions);
    put_text(writer, entry.uuid);
    put_text(writer, entry.name);
    add_piece(EntryKind::topic_created, fields, {});
}

void GroupBuilder::add(const TopicRemovedEntry& entry) {
    std::string fields;
    ByteWriter(fields).put(entry.first_partition);
    add_piece(EntryKind::topic_removed, fields, {});
}

void GroupBuilder::add(const LogStartEntry& entry) {
    std::string fields;
    ByteWriter writer(fields);
    writer.put(entry.partition);
    writer.put(entry.offset);
    add_piece(EntryKind::log_start, fields, {});
}

void GroupBuilder::add(const ContinuesEntry&) { add_piece(EntryKind::continues, {}, {}); }

std::uint64_t GroupBuilder::stored_bytes() const {
    return padded_to_block(kGroupHeaderBytes + body_bytes_);
}

std::span<const std::string_view> GroupBuilder::finish(std::uint64_t epoch, std::uint64_t number,
                                                       Timestamp append_time_ms) {
    header_.clear();
    ByteWriter writer(header_);
    writer.put(kGroupMagic);
    writer.put(std::uint32_t{0});
    writer.put(epoch);
    writer.put(number);
    writer.put(append_time_ms);
    writer.put(static_cast<std::uint32_t>(body_bytes_));
    writer.put(entry_count_);

    std::uint32_t crc = crc32c(std::string_view(header_).substr(kGroupCheckedFrom));
    parts_ = {header_};
    for (const Piece& piece : pieces_) {
        std::string_view front =
            std::string_view(fronts_).substr(piece.front_begin, piece.front_bytes);
        for (std::string_view part : {front, piece.batch}) {
            crc = crc32c(part, crc);
            parts_.push_back(part);
        }
    }
    put_at(header_, kGroupCheckedFrom - sizeof crc, crc);
    std::size_t padding = stored_bytes() - kGroupHeaderBytes - body_bytes_;
    parts_.push_back({kZeros, padding});
    return parts_;
}

}  // namespace pinflow::eventlog
