// SPDX-License-Identifier: Apache-2.0
// The committer's half of PartitionLog.
#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "base/crash_point.h"
#include "base/log.h"
#include "eventlog/index_file.h"
#include "eventlog/partition_log.h"

namespace pinflow::eventlog {
namespace {

// Room is set aside in steps that grow with the segment: few calls, and little of it for nothing.
constexpr std::uint64_t kReserveBytesMin = 64 << 10;
constexpr std::uint64_t kReserveBytesMax = 4 << 20;

// As one that was there when the log opened: its index is in its file, for who asks, and its memory
// is free. Readers that have the segment itself go on with it.
std::shared_ptr<Segment> finished(const Segment& segment) {
    auto kept = std::make_shared<Segment>();
    kept->path = segment.path;
    kept->state = segment.state;
    kept->opened_bytes = segment.state.bytes;
    kept->opened_end = segment.state.end_offset;
    return kept;
}

}  // namespace

bool PartitionLog::needs_new_segment(std::uint64_t bytes) const {
    if (segments_.empty()) return true;
    const SegmentState& last = segments_.back()->state;
    return last.bytes > 0 && last.bytes + bytes > settings_.segment_bytes_max;
}

bool PartitionLog::want_room(std::uint64_t bytes) {
    bool is_first = wanted_bytes_ == 0;
    wanted_bytes_ += bytes;
    return is_first;
}

Status PartitionLog::make_room() {
    std::uint64_t bytes = std::exchange(wanted_bytes_, 0);
    if (needs_new_segment(bytes)) TRY_STATUS(begin_segment());
    TRY_STATUS(open_last());
    Segment& last = *segments_.back();
    std::uint64_t needed = last.state.bytes + bytes;
    if (needed <= reserved_bytes_) return {};
    std::uint64_t step = std::clamp(last.state.bytes, kReserveBytesMin, kReserveBytesMax);
    std::uint64_t wanted = std::max(needed, std::min(needed + step, settings_.segment_bytes_max));
    if (!last.file->reserve(wanted)) {
        TRY_STATUS(last.file->reserve(needed));
        wanted = needed;
    }
    reserved_bytes_ = wanted;
    return {};
}

// A name that a crash loses comes again from the journal; so no folder is synced here.
Status PartitionLog::begin_segment() {
    Offset base = staged_.empty() ? next_offset_ : staged_.front().header.base_offset;
    auto segment = std::make_shared<Segment>();
    segment->state.base_offset = segment->state.end_offset = segment->opened_end = base;
    segment->path = segment_path(base);
    TRY(segment->file, files_.open(segment->path, OpenMode::read_write));
    TRY_STATUS(segment->file->truncate(0));  // one that was begun, but never written
    crash_point("segment.created");
    if (!segments_.empty()) finish_segment(*segments_.back());
    dirty_.push_back({.path = place_.directory});
    last_is_dirty_ = false;
    unsynced_bytes_ = 0;
    reserved_bytes_ = 0;
    std::scoped_lock lock(mutex_);
    if (!segments_.empty()) segments_.back() = finished(*segments_.back());
    segments_.push_back(std::move(segment));
    return {};
}

Status PartitionLog::open_last() {
    if (segments_.back()->file) return {};
    TRY(std::shared_ptr<File> file, files_.open(segments_.back()->path, OpenMode::read_write));
    std::scoped_lock lock(mutex_);
    segments_.back()->file = std::move(file);
    return {};
}

// Neither of the two must succeed: an index is made again, and room stays set aside.
void PartitionLog::finish_segment(Segment& segment) {
    if (reserved_bytes_ > segment.state.bytes) {
        (void)segment.file->truncate(segment.state.bytes);
        reserved_bytes_ = 0;
    }
    StoredIndex stored{.covered_bytes = segment.state.bytes,
                       .covered_end = segment.state.end_offset};
    if (segment.opened_bytes > 0) {
        auto older = older_index(files_, segment);
        if (!older) return;
        stored.index = **older;
    }
    for (const auto& stretch : segment.index.stretches()) stored.index.append(stretch);
    (void)save_index(files_, segment.path, segment.state.base_offset, stored);
    crash_point("segment.index_saved");
}

Offset PartitionLog::stage(std::string& batch, const kafka::BatchHeader& header,
                           Timestamp append_time_ms) {
    kafka::set_base_offset(batch, next_offset_);
    Staged& staged = staged_.emplace_back(batch, header, append_time_ms);
    staged.header.base_offset = next_offset_;
    next_offset_ = staged.header.next_offset();
    producers_.note(staged.header, append_time_ms);
    return staged.header.base_offset;
}

Status PartitionLog::stage_again(std::string_view batch, Timestamp append_time_ms) {
    TRY(auto header, kafka::read_batch_header(batch));
    if (header.base_offset != next_offset_) {
        return fail(Errc::corrupt, fmt::format("{} goes on at offset {}, but the journal has {}",
                                               label(), next_offset_, header.base_offset));
    }
    staged_.emplace_back(batch, header, append_time_ms);
    next_offset_ = header.next_offset();
    producers_.note(header, append_time_ms);
    return {};
}

Status PartitionLog::write_staged() {
    std::vector<std::string_view> parts;
    parts.reserve(staged_.size());
    std::uint64_t bytes = 0;
    for (const Staged& staged : staged_) {
        parts.push_back(staged.batch);
        bytes += staged.batch.size();
    }
    unsynced_bytes_ += bytes;
    const auto& last = segments_.back();
    if (!last_is_dirty_) {
        dirty_.push_back({.path = last->path, .file = last->file});
        last_is_dirty_ = true;
    }
    return last->file->write_at(last->state.bytes, parts);
}

void PartitionLog::publish_staged() {
    std::scoped_lock waking(waking_);
    wake_all(show_staged());
}

FetchWaiters PartitionLog::show_staged() {
    std::scoped_lock lock(mutex_);
    Segment& segment = *segments_.back();
    SegmentState& state = segment.state;
    for (const Staged& staged : staged_) {
        CHECK(staged.header.base_offset == state.end_offset);
        segment.index.add(staged.header, state.bytes);
        if (state.bytes == 0) state.first_append_ms = staged.append_time_ms;
        state.last_append_ms = std::max(state.last_append_ms, staged.append_time_ms);
        state.last_batch = state.bytes;
        state.bytes += staged.batch.size();
        state.end_offset = staged.header.next_offset();
    }
    end_ = state.end_offset;
    CHECK(end_ == next_offset_);
    staged_.clear();
    return std::exchange(waiters_, {});
}

std::vector<std::string> PartitionLog::set_log_start(Offset offset) {
    std::scoped_lock lock(mutex_);
    log_start_ = std::max(log_start_, std::min(offset, end_));
    std::vector<std::string> gone;
    // One that was begun for a group which then was refused is written next, so it stays.
    auto is_before = [&](const SegmentState& state) {
        return state.bytes > 0 && state.end_offset <= log_start_;
    };
    while (!segments_.empty() && is_before(segments_.front()->state)) {
        gone.push_back(segments_.front()->path);
        segments_.erase(segments_.begin());
    }
    if (segments_.empty()) {
        reserved_bytes_ = 0;
        last_is_dirty_ = false;
    }
    if (!gone.empty()) dirty_.push_back({.path = place_.directory});
    return gone;
}

PartitionState PartitionLog::capture(std::vector<SyncTarget>& to_sync, Timestamp now_ms) {
    producers_.expire(now_ms - kProducerKeptMs);
    PartitionState state{.log_start = log_start_,
                         .end = end_,
                         .segments = segments(),
                         .producers = producers_.list()};
    // One that was begun for a group which then was refused.
    if (!state.segments.empty() && state.segments.back().bytes == 0) state.segments.pop_back();
    std::ranges::move(std::exchange(dirty_, {}), std::back_inserter(to_sync));
    last_is_dirty_ = false;
    unsynced_bytes_ = 0;
    return state;
}

void PartitionLog::settle() {
    if (!segments_.empty() && segments_.back()->file) finish_segment(*segments_.back());
}

}  // namespace pinflow::eventlog
