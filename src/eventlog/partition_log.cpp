// SPDX-License-Identifier: Apache-2.0
// The readers' half of PartitionLog.
#include "eventlog/partition_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "eventlog/batch_stretch.h"

namespace pinflow::eventlog {
namespace {

// The first record of the batch at or after the time; of a compressed batch, its first record, for
// its records cannot be read.
Result<std::optional<Offset>> find_in_batch(std::string_view batch,
                                            const kafka::BatchHeader& header, Timestamp time_ms) {
    if (header.max_timestamp_ms < time_ms) return std::nullopt;
    if (header.compression() != kafka::Compression::none) return header.base_offset;
    TRY(auto records, kafka::RecordReader::open(batch, header));
    for (;;) {
        TRY(auto record, records.next());
        if (!record) return std::nullopt;  // the client's max timestamp was not true
        if (record->timestamp_ms >= time_ms) return record->offset;
    }
}

}  // namespace

OffsetRange PartitionLog::offsets() const {
    std::scoped_lock lock(mutex_);
    return {log_start_, end_};
}

// With the lock held. The older part's index is loaded without it.
PartitionLog::Place PartitionLog::place_in(const std::shared_ptr<Segment>& segment) const {
    return {.segment = segment,
            .file = segment->file,
            .position = segment->opened_bytes,
            .next = segment->opened_end,
            .end = segment->state.bytes};
}

// Where damage was cut out between two segments, the next one's beginning.
Result<PartitionLog::Place> PartitionLog::place_of(Offset offset) const {
    Place place;
    {
        std::scoped_lock lock(mutex_);
        auto after = std::ranges::upper_bound(
            segments_, offset, {}, [](const auto& segment) { return segment->state.base_offset; });
        bool is_in_hole =
            after == segments_.begin() || (*std::prev(after))->state.end_offset <= offset;
        if (is_in_hole && after == segments_.end()) {
            return fail(Errc::not_found, fmt::format("{}: offset {} is gone", label(), offset));
        }
        const auto& segment = is_in_hole ? *after : *std::prev(after);
        place = place_in(segment);
        place.wanted = std::max(offset, segment->state.base_offset);
        if (auto stretch = segment->index.stretch_before(place.wanted)) {
            place.position = stretch->position;
            place.next = stretch->base_offset;
        }
    }
    TRY(place.file, file_for_reading(files_, *place.segment, place.file));
    if (place.wanted >= place.segment->opened_end) return place;
    TRY(auto older, older_index_of(place.segment));
    auto stretch = older->stretch_before(place.wanted);
    place.position = stretch ? stretch->position : 0;
    place.next = stretch ? stretch->base_offset : place.segment->state.base_offset;
    return place;
}

// Of one segment at a time: who reads a log of any size from its beginning fills no memory with it.
Result<std::shared_ptr<const SparseIndex>> PartitionLog::older_index_of(
    const std::shared_ptr<Segment>& segment) const {
    TRY(auto index, older_index(files_, *segment));
    std::scoped_lock lock(indexed_mutex_);
    std::shared_ptr<Segment> before = std::exchange(indexed_, segment);
    if (before && before != segment) {
        std::scoped_lock dropping(before->older_mutex);
        before->older.reset();
    }
    return index;
}

Result<std::string> PartitionLog::read(Offset from, std::size_t bytes_max) const {
    TRY(Place place, place_of(from));
    bytes_max = std::clamp<std::size_t>(bytes_max, 1, kFetchBytesMax);
    BatchStretch stretch(*place.file, place.segment->path, place.position, place.next, place.end);
    TRY_STATUS(stretch.seek(place.wanted, bytes_max));
    return stretch.take(bytes_max);
}

std::vector<PartitionLog::Place> PartitionLog::places_of_time(Timestamp time_ms) const {
    std::scoped_lock lock(mutex_);
    std::vector<Place> places;
    for (const auto& segment : segments_) {
        Place place = place_in(segment);
        auto stretch = segment->index.stretch_of_time(time_ms);
        place.position = stretch ? stretch->position : place.end;
        if (stretch) place.next = stretch->base_offset;
        places.push_back(std::move(place));
    }
    return places;
}

Result<Offset> PartitionLog::first_at(const Place& place, Timestamp time_ms, Offset none) const {
    std::string batch;
    Offset next = place.next;
    TRY(auto file, file_for_reading(files_, *place.segment, place.file));
    for (std::uint64_t position = place.position; position < place.end;) {
        TRY(auto header, read_batch_at(*file, place.segment->path, position, place.end, batch));
        if (header.base_offset != next || header.leader_epoch != 0) {
            return fail(Errc::corrupt, fmt::format("{} at byte {}: a record batch out of its place",
                                                   place.segment->path, position));
        }
        TRY(auto found, find_in_batch(batch, header, time_ms));
        if (found) return *found;
        position += header.bytes();
        next = header.next_offset();
    }
    return none;
}

Result<Offset> PartitionLog::offset_at(Timestamp time_ms) const {
    OffsetRange range = offsets();  // first, so that what comes meanwhile is not jumped over
    for (Place& place : places_of_time(time_ms)) {
        if (place.segment->opened_bytes > 0) {
            TRY(auto older, older_index_of(place.segment));
            if (auto stretch = older->stretch_of_time(time_ms)) {
                place.position = stretch->position;
                place.next = stretch->base_offset;
            }
        }
        TRY(Offset found, first_at(place, time_ms, range.end));
        if (found < range.end) return std::max(found, range.first);
    }
    return range.end;
}

std::vector<SegmentState> PartitionLog::segments() const {
    std::scoped_lock lock(mutex_);
    std::vector<SegmentState> states;
    for (const auto& segment : segments_) states.push_back(segment->state);
    return states;
}

std::shared_ptr<File> PartitionLog::take_grown(std::uint64_t least_bytes) {
    if (unsynced_bytes_ < least_bytes) return nullptr;
    std::scoped_lock lock(mutex_);
    unsynced_bytes_ = 0;
    return segments_.empty() ? nullptr : segments_.back()->file;
}

std::string PartitionLog::segment_path(Offset base_offset) const {
    return place_.directory + "/" + segment_name(base_offset);
}

bool PartitionLog::wait_at(Offset from, std::shared_ptr<FetchWaiter> waiter) {
    std::scoped_lock lock(mutex_);
    if (retired_ || end_ != from) return false;
    waiters_.push_back(std::move(waiter));
    return true;
}

void PartitionLog::forget(const std::shared_ptr<FetchWaiter>& waiter) {
    {
        std::scoped_lock lock(mutex_);
        if (std::erase(waiters_, waiter) > 0) return;
    }
    std::scoped_lock until_woken(waking_);
}

void PartitionLog::retire() {
    std::scoped_lock waking(waking_);
    FetchWaiters waiters;
    {
        std::scoped_lock lock(mutex_);
        retired_ = true;
        waiters.swap(waiters_);
    }
    wake_all(std::move(waiters));
}

}  // namespace pinflow::eventlog
