// SPDX-License-Identifier: Apache-2.0
#include "eventlog/segment.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "eventlog/settings.h"

namespace pinflow::eventlog {
namespace {

constexpr std::string_view kSuffix = ".log";
constexpr std::size_t kNameDigits = 20;

// A stretch of a file in memory that moves along with the reader.
class Window {
public:
    Window(File& file, std::uint64_t file_bytes) : file_(file), file_bytes_(file_bytes) {}

    // `count` bytes at `position`, fewer at the end of the file. Good until the next call.
    Result<std::string_view> at(std::uint64_t position, std::size_t count) {
        count = std::min<std::uint64_t>(count, file_bytes_ - position);
        if (position < first_ || position + count > first_ + buffer_.size()) {
            TRY_STATUS(load(position, count));
        }
        return std::string_view(buffer_).substr(position - first_, count);
    }

private:
    Status load(std::uint64_t position, std::size_t count) {
        count = std::min<std::uint64_t>(std::max(count, kScanBytes), file_bytes_ - position);
        buffer_.resize(count);
        TRY(std::size_t got, file_.read_at(position, buffer_));
        if (got != count) return fail(Errc::io, "file became shorter while it was read");
        first_ = position;
        return {};
    }

    File& file_;
    std::uint64_t file_bytes_;
    std::uint64_t first_ = 0;
    std::string buffer_;
};

// The twelve bytes that the batch's CRC leaves out.
Status check_place(const kafka::BatchHeader& header, Offset expected) {
    if (header.base_offset != expected) {
        return fail(Errc::corrupt, fmt::format("record batch of offset {} where {} should follow",
                                               header.base_offset, expected));
    }
    if (header.leader_epoch != 0) {
        return fail(Errc::corrupt, fmt::format("record batch of epoch {}", header.leader_epoch));
    }
    return {};
}

Result<kafka::BatchHeader> next_batch(Window& window, std::uint64_t position, Offset expected) {
    TRY(std::string_view front, window.at(position, kafka::kBatchHeaderBytes));
    TRY(kafka::BatchHeader claimed, kafka::peek_batch_header(front));
    TRY_STATUS(check_place(claimed, expected));
    TRY(std::string_view whole, window.at(position, claimed.bytes()));
    return kafka::read_batch_header(whole);
}

}  // namespace

std::string segment_name(Offset base_offset) { return fmt::format("{:020}.log", base_offset); }

std::optional<Offset> parse_segment_name(std::string_view name) {
    if (name.size() != kNameDigits + kSuffix.size() || !name.ends_with(kSuffix))
        return std::nullopt;
    std::string_view digits = name.substr(0, kNameDigits);
    if (digits.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
    return parse_int(digits);
}

Result<SegmentScan> scan_segment(File& file, Offset base_offset) {
    SegmentScan scan{.end_offset = base_offset};
    TRY(scan.file_bytes, file.size());
    Window window(file, scan.file_bytes);
    while (scan.good_bytes < scan.file_bytes) {
        auto header = next_batch(window, scan.good_bytes, scan.end_offset);
        if (!header && header.error().code != Errc::corrupt) return std::unexpected(header.error());
        if (!header) {
            scan.damage = header.error().text;
            break;
        }
        scan.index.add(*header, scan.good_bytes);
        scan.good_bytes += header->bytes();
        scan.end_offset = header->next_offset();
    }
    return scan;
}

Result<kafka::BatchHeader> read_batch_at(const Segment& segment, std::uint64_t position,
                                         std::uint64_t end, std::string& buffer) {
    auto read = [&](std::size_t count) -> Status {
        buffer.resize(std::min<std::uint64_t>(count, end - position));
        TRY(std::size_t got, segment.file->read_at(position, buffer));
        buffer.resize(got);
        return {};
    };
    auto damaged = [&](const Error& error) {
        return fail(error.code,
                    fmt::format("{} at byte {}: {}", segment.path, position, error.text));
    };
    TRY_STATUS(read(kafka::kBatchHeaderBytes));
    auto claimed = kafka::peek_batch_header(buffer);
    if (!claimed) return damaged(claimed.error());
    TRY_STATUS(read(claimed->bytes()));
    auto header = kafka::read_batch_header(buffer);
    if (!header) return damaged(header.error());
    return header;
}

}  // namespace pinflow::eventlog
