// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <algorithm>

#include "eventlog/segment.h"
#include "eventlog/settings.h"

namespace pinflow::eventlog {

// A stretch of a segment, read at once, from which whole batches are taken.
class BatchStretch {
public:
    // `next`: the offset of the batch that lies at `position`. From there on every batch is checked
    // against its place too, for the CRC leaves out base offset and epoch.
    BatchStretch(File& file, const std::string& path, std::uint64_t position, Offset next,
                 std::uint64_t end)
        : file_(file), path_(path), position_(position), next_(next), end_(end) {}

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
            if (!is_in_place(*header)) return damaged(first_, "a record batch out of its place");
            if (header->next_offset() > from) return {};
            next_ = header->next_offset();
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
        while (buffer_.size() - last >= kafka::kBatchHeaderBytes) {
            std::string_view rest = std::string_view(buffer_).substr(last);
            auto claimed = kafka::peek_batch_header(rest);
            if (!claimed) return damaged(last, claimed.error().text);
            if (claimed->bytes() > rest.size()) break;
            if (last != first_ && last - first_ + claimed->bytes() > bytes_max) break;
            auto header = kafka::read_batch_header(rest);
            if (!header) return damaged(last, header.error().text);
            if (!is_in_place(*header)) return damaged(last, "a record batch out of its place");
            next_ = header->next_offset();
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
        TRY(std::size_t got, file_.read_at(position_, buffer_));
        first_ = 0;
        if (got != count || count == 0) return damaged(0, "the file ends before its durable end");
        return {};
    }

    bool is_in_place(const kafka::BatchHeader& header) const {
        return header.base_offset == next_ && header.leader_epoch == 0;
    }

    Result<std::string> take_large() {
        std::string whole;
        TRY_STATUS(read_batch_at(file_, path_, position_ + first_, end_, whole));
        return whole;
    }

    std::unexpected<Error> damaged(std::size_t at, std::string_view why) const {
        return fail(Errc::corrupt, fmt::format("{} at byte {}: {}", path_, position_ + at, why));
    }

    File& file_;
    const std::string& path_;
    std::uint64_t position_;  // of buffer_ in the file
    Offset next_;
    std::uint64_t end_;
    std::string buffer_;
    std::size_t first_ = 0;  // where in buffer_ the wanted batch begins
};

}  // namespace pinflow::eventlog
