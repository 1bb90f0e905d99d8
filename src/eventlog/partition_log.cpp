// SPDX-License-Identifier: Apache-2.0
#include "eventlog/partition_log.h"

#include <fmt/format.h>

#include <algorithm>

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

// A stretch of a segment, read at once, from which whole batches are taken.
class BatchStretch {
public:
    BatchStretch(const Segment& segment, std::uint64_t position, std::uint64_t end)
        : segment_(segment), position_(position), end_(end) {}

    // Moves to the batch that holds `from`.
    Status seek(Offset from, std::size_t bytes_max) {
        TRY_STATUS(load(kIndexIntervalBytes + bytes_max));
        for (;;) {
            if (buffer_.size() - first_ < kafka::kBatchHeaderBytes) {
                position_ += first_;
                TRY_STATUS(load(kIndexIntervalBytes + bytes_max));
            }
            auto header = kafka::peek_batch_header(std::string_view(buffer_).substr(first_));
            if (!header) return damaged(first_, header.error().text);
            if (header->base_offset > from) return damaged(first_, "offsets have a gap");
            if (header->next_offset() > from) return {};
            if (header->bytes() >= buffer_.size() - first_) {
                position_ += first_ + header->bytes();
                TRY_STATUS(load(kIndexIntervalBytes + bytes_max));
            } else {
                first_ += header->bytes();
            }
        }
    }

    // The batches from there on that fit; at least one.
    Result<std::string> take(std::size_t bytes_max) {
        std::size_t last = first_;
        std::optional<Offset> expected;
        while (buffer_.size() - last >= kafka::kBatchHeaderBytes) {
            std::string_view rest = std::string_view(buffer_).substr(last);
            auto claimed = kafka::peek_batch_header(rest);
            if (!claimed) return damaged(last, claimed.error().text);
            if (claimed->bytes() > rest.size()) break;
            if (last != first_ && last - first_ + claimed->bytes() > bytes_max) break;
            auto header = kafka::read_batch_header(rest);
            if (!header) return damaged(last, header.error().text);
            if (expected && header->base_offset != *expected)
                return damaged(last, "offsets have a gap");
            expected = header->next_offset();
            last += header->bytes();
        }
        if (last == first_) return take_large();
        buffer_.resize(last);
        buffer_.erase(0, first_);
        return std::move(buffer_);
    }

private:
    Status load(std::size_t count) {
        count = std::min<std::uint64_t>(count, end_ - position_);
        buffer_.resize(count);
        TRY(std::size_t got, segment_.file->read_at(position_, buffer_));
        first_ = 0;
        if (got != count || count == 0) return damaged(0, "the file ends before its durable end");
        return {};
    }

    Result<std::string> take_large() {
        std::string whole;
        TRY_STATUS(read_batch_at(segment_, position_ + first_, end_, whole));
        return whole;
    }

    std::unexpected<Error> damaged(std::size_t at, std::string_view why) const {
        return fail(Errc::corrupt,
                    fmt::format("{} at byte {}: {}", segment_.path, position_ + at, why));
    }

    const Segment& segment_;
    std::uint64_t position_;  // of buffer_ in the file
    std::uint64_t end_;
    std::string buffer_;
    std::size_t first_ = 0;  // where in buffer_ the wanted batch begins
};

}  // namespace

OffsetRange PartitionLog::offsets() const {
    std::scoped_lock lock(mutex_);
    if (segments_.empty()) return {};
    return {segments_.front()->base_offset, segments_.back()->end_offset};
}

PartitionLog::Place PartitionLog::place_of(Offset offset) const {
    std::scoped_lock lock(mutex_);
    auto after = std::ranges::upper_bound(segments_, offset, {},
                                          [](const auto& segment) { return segment->base_offset; });
    const auto& segment = *std::prev(after);
    return {segment, segment->index.position_before(offset), segment->bytes};
}

Result<std::string> PartitionLog::read(Offset from, std::size_t bytes_max) const {
    Place place = place_of(from);
    bytes_max = std::clamp<std::size_t>(bytes_max, 1, kFetchBytesMax);
    BatchStretch stretch(*place.segment, place.position, place.end);
    TRY_STATUS(stretch.seek(from, bytes_max));
    return stretch.take(bytes_max);
}

std::vector<PartitionLog::Place> PartitionLog::places_of_time(Timestamp time_ms) const {
    std::scoped_lock lock(mutex_);
    std::vector<Place> places;
    for (const auto& segment : segments_) {
        if (auto position = segment->index.position_of_time(time_ms)) {
            places.push_back({segment, *position, segment->bytes});
        }
    }
    return places;
}

Result<Offset> PartitionLog::offset_at(Timestamp time_ms) const {
    Offset end = offsets().end;  // first, so that what is appended meanwhile is not jumped over
    std::string batch;
    for (const Place& place : places_of_time(time_ms)) {
        for (std::uint64_t position = place.position; position < place.end;) {
            TRY(auto header, read_batch_at(*place.segment, position, place.end, batch));
            TRY(auto found, find_in_batch(batch, header, time_ms));
            if (found) return *found;
            position += header.bytes();
        }
    }
    return end;
}

bool PartitionLog::wait_at(Offset from, std::shared_ptr<FetchWaiter> waiter) {
    std::scoped_lock lock(mutex_);
    Offset end = segments_.empty() ? 0 : segments_.back()->end_offset;
    if (retired_ || end != from) return false;
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
