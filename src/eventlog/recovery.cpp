// SPDX-License-Identifier: Apache-2.0
// What PartitionLog does at open. The rules in prose: docs/formats/log_layout.md.
#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "eventlog/partition_log.h"

namespace pinflow::eventlog {
namespace {

// Base offsets of the segments in a directory, in order. Other names are not ours and stay.
Result<std::vector<Offset>> list_segments(Files& files, const std::string& directory) {
    TRY(auto entries, files.list(directory));
    std::vector<Offset> bases;
    for (const DirectoryEntry& entry : entries) {
        auto base = parse_segment_name(entry.name);
        if (base && !entry.is_directory) bases.push_back(*base);
        else log_warn("eventlog", "{}/{} is no segment: left alone", directory, entry.name);
    }
    std::ranges::sort(bases);
    return bases;
}

constexpr std::string_view kAdvice =
    "the log is not opened, so that nothing that was acknowledged is silently lost: restore the "
    "file "
    "from a copy";

}  // namespace

Result<std::shared_ptr<PartitionLog>> PartitionLog::open(Files& files,
                                                         const NativeLogSettings& settings,
                                                         std::string directory, std::string label,
                                                         bool was_clean) {
    std::shared_ptr<PartitionLog> partition(
        new PartitionLog(files, settings, std::move(directory), std::move(label)));
    TRY_STATUS(partition->recover(was_clean));
    return partition;
}

Status PartitionLog::recover(bool was_clean) {
    TRY(auto bases, list_segments(files_, directory_));
    for (Offset base : bases) {
        TRY_STATUS(recover_segment(base, base == bases.back(), was_clean));
    }
    if (bases.empty()) return {};
    next_offset_ = segments_.back()->end_offset;
    if (was_clean) return {};
    // What a killed process wrote but did not sync is served from now on, so it must be durable.
    TRY_STATUS(segments_.back()->file->sync());
    return files_.sync_directory(directory_);
}

Status PartitionLog::recover_segment(Offset base_offset, bool is_last, bool was_clean) {
    auto segment = std::make_shared<Segment>();
    segment->path = directory_ + "/" + segment_name(base_offset);
    segment->base_offset = base_offset;
    if (!segments_.empty() && segments_.back()->end_offset != base_offset) {
        return fail(Errc::corrupt,
                    fmt::format("{} begins at offset {}, but the segment before it ends "
                                "at {}: {}",
                                segment->path, base_offset, segments_.back()->end_offset, kAdvice));
    }
    TRY(segment->file, files_.open(segment->path, OpenMode::read_write));
    TRY(auto scan, scan_segment(*segment->file, base_offset));
    if (!scan.damage.empty()) TRY_STATUS(cut_tail(*segment, scan, was_clean || !is_last));
    segment->bytes = scan.good_bytes;
    segment->end_offset = scan.end_offset;
    segment->index = std::move(scan.index);
    segments_.push_back(std::move(segment));
    return {};
}

// One group at most was in flight when the process or the machine died, so a longer tail was not
// torn by that: it is damage.
Status PartitionLog::cut_tail(Segment& segment, const SegmentScan& scan, bool must_be_whole) {
    std::uint64_t tail_bytes = scan.file_bytes - scan.good_bytes;
    std::uint64_t torn_bytes_max = std::max(settings_.group_bytes_max, settings_.batch_bytes_max);
    if (must_be_whole || tail_bytes > torn_bytes_max) {
        return fail(Errc::corrupt,
                    fmt::format("{} is damaged at byte {} (offset {}): {}; {}", segment.path,
                                scan.good_bytes, scan.end_offset, scan.damage, kAdvice));
    }
    log_warn("eventlog", "{}: cut a torn tail of {} bytes at byte {} (offset {}): {}", segment.path,
             tail_bytes, scan.good_bytes, scan.end_offset, scan.damage);
    return segment.file->truncate(scan.good_bytes);
}

}  // namespace pinflow::eventlog
