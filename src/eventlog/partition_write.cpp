// SPDX-License-Identifier: Apache-2.0
// The committer's half of PartitionLog.
#include <fmt/format.h>

#include "base/check.h"
#include "eventlog/partition_log.h"

namespace pinflow::eventlog {

Offset PartitionLog::stage(std::string& batch, const kafka::BatchHeader& header) {
    kafka::set_base_offset(batch, next_offset_);
    Staged& staged = staged_.emplace_back(&batch, header);
    staged.header.base_offset = next_offset_;
    next_offset_ += header.record_count;
    return staged.header.base_offset;
}

std::uint64_t PartitionLog::staged_bytes() const {
    std::uint64_t total = 0;
    for (const Staged& staged : staged_) total += staged.batch->size();
    return total;
}

// The full segment is synced before a next one exists, whatever the durability: so damage in any
// but the last is never a torn tail. The new name is durable before anything in it is acknowledged.
Status PartitionLog::begin_segment() {
    if (!segments_.empty() && settings_.durability == Durability::os) {
        TRY_STATUS(segments_.back()->file->sync());
    }
    auto segment = std::make_shared<Segment>();
    segment->base_offset = segment->end_offset = staged_.front().header.base_offset;
    segment->path = directory_ + "/" + segment_name(segment->base_offset);
    TRY(segment->file, files_.open(segment->path, OpenMode::create_new));
    if (settings_.durability == Durability::fsync) TRY_STATUS(files_.sync_directory(directory_));
    std::scoped_lock lock(mutex_);
    segments_.push_back(std::move(segment));
    return {};
}

Status PartitionLog::write_staged() {
    bool is_full = !segments_.empty() && segments_.back()->bytes > 0 &&
                   segments_.back()->bytes + staged_bytes() > settings_.segment_bytes_max;
    if (segments_.empty() || is_full) TRY_STATUS(begin_segment());
    std::vector<std::string_view> parts;
    parts.reserve(staged_.size());
    for (const Staged& staged : staged_) parts.push_back(*staged.batch);
    wrote_staged_ = true;
    return segments_.back()->file->write_at(segments_.back()->bytes, parts);
}

Status PartitionLog::sync_staged() { return segments_.back()->file->sync(); }

// Full segments were synced when the next began.
Status PartitionLog::sync_all() {
    if (segments_.empty()) return {};
    TRY_STATUS(segments_.back()->file->sync());
    return files_.sync_directory(directory_);
}

void PartitionLog::publish_staged() {
    std::scoped_lock waking(waking_);
    wake_all(show_staged());
}

FetchWaiters PartitionLog::show_staged() {
    std::scoped_lock lock(mutex_);
    Segment& segment = *segments_.back();
    for (const Staged& staged : staged_) {
        CHECK(staged.header.base_offset == segment.end_offset);
        segment.index.add(staged.header, segment.bytes);
        segment.bytes += staged.batch->size();
        segment.end_offset = staged.header.next_offset();
    }
    CHECK(segment.end_offset == next_offset_);
    staged_.clear();
    wrote_staged_ = false;
    return std::exchange(waiters_, {});
}

Status PartitionLog::unstage() {
    bool was_written = std::exchange(wrote_staged_, false);
    staged_.clear();
    next_offset_ = segments_.empty() ? 0 : segments_.back()->end_offset;
    if (!was_written) return {};
    return segments_.back()->file->truncate(segments_.back()->bytes);
}

}  // namespace pinflow::eventlog
