// SPDX-License-Identifier: Apache-2.0
// What PartitionLog does at open. The rules in prose: docs/formats/recovery.md.
#include <fmt/format.h>

#include <algorithm>

#include "base/crash_point.h"
#include "base/log.h"
#include "eventlog/index_file.h"
#include "eventlog/partition_log.h"

namespace pinflow::eventlog {
namespace {

std::unexpected<Error> damaged(const std::string& path, const SegmentState& state,
                               std::string_view why) {
    return fail(Errc::corrupt,
                fmt::format("{} is damaged: {}. It held the acknowledged offsets {} to {}, so the "
                            "log is not opened: restore the file from a copy, or say "
                            "--accept-data-loss",
                            path, why, state.base_offset, state.end_offset - 1));
}

bool is_known(const PartitionState& state, Offset base_offset) {
    return std::ranges::find(state.segments, base_offset, &SegmentState::base_offset) !=
           state.segments.end();
}

}  // namespace

Result<std::shared_ptr<PartitionLog>> PartitionLog::restore(Files& files,
                                                            const NativeLogSettings& settings,
                                                            PartitionPlace place,
                                                            const PartitionState& state) {
    std::shared_ptr<PartitionLog> partition(new PartitionLog(files, settings, std::move(place)));
    TRY_STATUS(partition->restore_segments(state));
    return partition;
}

Status PartitionLog::restore_segments(const PartitionState& state) {
    TRY_STATUS(remove_unknown(state));
    for (const SegmentState& segment : state.segments) {
        TRY(auto restored, restore_segment(segment));
        segments_.push_back(std::move(restored));
    }
    log_start_ = state.log_start;
    end_ = next_offset_ = state.end;
    producers_ = ProducerStates::restore(state.producers);
    // An end that was cut out cannot be written on: offsets would close up over the hole.
    if (!segments_.empty() && segments_.back()->state.end_offset != end_) {
        return begin_segment();
    }
    return {};
}

// What was written behind the checkpoint comes again from the journal; and what lies before the
// log's start was about to be deleted.
Status PartitionLog::remove_unknown(const PartitionState& state) {
    auto entries = files_.list(place_.directory);
    if (!entries && entries.error().code == Errc::not_found && state.segments.empty()) {
        return files_.make_directories(place_.directory);
    }
    if (!entries && entries.error().code == Errc::not_found) {
        return damaged(place_.directory, state.segments.front(), "the folder is missing");
    }
    if (!entries) return std::unexpected(entries.error());
    for (const DirectoryEntry& entry : *entries) {
        auto base = parse_segment_name(entry.name);
        if (!base || is_known(state, *base)) {
            continue;
        }
        std::string path = place_.directory + "/" + entry.name;
        if (*base < state.end && *base >= state.log_start) {
            log_warn("eventlog", "{} is no segment of this log: left alone", path);
            continue;
        }
        TRY_STATUS(files_.remove(path));
        (void)files_.remove(index_path(path));
        crash_point("recovery.segment_removed");
    }
    return {};
}

Result<std::shared_ptr<Segment>> PartitionLog::restore_segment(const SegmentState& state) {
    auto segment = std::make_shared<Segment>();
    segment->path = segment_path(state.base_offset);
    segment->state = state;
    segment->opened_bytes = state.bytes;
    segment->opened_end = state.end_offset;
    auto opened = files_.open(segment->path, OpenMode::read);
    if (!opened && opened.error().code == Errc::not_found) {
        return damaged(segment->path, state, "it is missing");
    }
    if (!opened) return std::unexpected(opened.error());
    File& file = **opened;
    TRY(auto bytes, file.size());
    if (bytes < state.bytes) {
        return damaged(segment->path, state,
                       fmt::format("it has {} bytes, not {}", bytes, state.bytes));
    }
    std::string last;
    auto header = read_batch_at(file, segment->path, state.last_batch, state.bytes, last);
    if (!header && header.error().code == Errc::corrupt) {
        return damaged(segment->path, state, header.error().text);
    }
    if (!header) return std::unexpected(header.error());
    if (header->next_offset() != state.end_offset || header->leader_epoch != 0) {
        return damaged(segment->path, state, "its last batch is not the one that was stored");
    }
    if (bytes > state.bytes) {
        // The index may speak of what is cut off.
        (void)files_.remove(index_path(segment->path));
        TRY(auto writable, files_.open(segment->path, OpenMode::read_write));
        TRY_STATUS(writable->truncate(state.bytes));
        crash_point("recovery.segment_cut");
    }
    return segment;
}

}  // namespace pinflow::eventlog
