// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "eventlog/journal_format.h"

namespace pinflow::eventlog {

// The entries of one group on their way into the journal. Batches are views: they must live until
// the group is written.
class GroupBuilder final {
public:
    void add(const BatchEntry& entry);
    void add(const TopicCreatedEntry& entry);
    void add(const TopicRemovedEntry& entry);
    void add(const LogStartEntry& entry);
    void add(const ContinuesEntry& entry);

    bool empty() const { return entry_count_ == 0; }
    std::uint64_t stored_bytes() const;  // with header and padding

    // The bytes as they go into the file, in parts; good until the builder changes.
    std::span<const std::string_view> finish(std::uint64_t epoch, std::uint64_t number,
                                             Timestamp append_time_ms);

private:
    struct Piece {
        std::size_t front_begin = 0;  // in fronts_: kind, length and fields
        std::size_t front_bytes = 0;
        std::string_view batch;  // and then this
    };

    void add_piece(EntryKind kind, std::string_view fields, std::string_view batch);

    std::string fronts_;
    std::vector<Piece> pieces_;
    std::uint64_t body_bytes_ = 0;
    std::uint32_t entry_count_ = 0;
    std::string header_;
    std::vector<std::string_view> parts_;
};

// What a batch takes in a group's body, at most.
constexpr std::size_t kBatchEntryBytes = 1 + 4 + 8 + 1 + 8 + 16;

}  // namespace pinflow::eventlog
