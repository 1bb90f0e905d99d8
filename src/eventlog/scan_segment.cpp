// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "eventlog/file_window.h"
#include "eventlog/segment.h"

namespace pinflow::eventlog {
namespace {

// The whole batch at `position`: checked, and with the epoch that the log writes.
Result<kafka::BatchHeader> whole_batch(FileWindow& window, std::uint64_t position) {
    TRY(auto front, window.at(position, kafka::kBatchHeaderBytes));
    TRY(auto claimed, kafka::peek_batch_header(front));
    if (claimed.leader_epoch != 0) {
        return fail(Errc::corrupt, fmt::format("record batch of epoch {}", claimed.leader_epoch));
    }
    if (claimed.bytes() > window.end() - position) {
        return fail(Errc::corrupt, "a record batch's length goes beyond the segment");
    }
    TRY(auto whole, window.at(position, claimed.bytes()));
    return kafka::read_batch_header(whole);
}

class Scan {
public:
    Scan(File& file, Offset base_offset, Offset end_offset, std::uint64_t bytes)
        : window_(file, bytes), next_(base_offset), end_offset_(end_offset) {}

    Result<SegmentScan> run() {
        for (std::uint64_t position = 0; position < window_.end();) {
            auto header = whole_batch(window_, position);
            if (!header && header.error().code != Errc::corrupt) {
                return std::unexpected(header.error());
            }
            if (header && (header->base_offset == next_ || can_begin_anew(*header))) {
                take(*header, position);
                position += header->bytes();
                continue;
            }
            note(position, header ? fmt::format("record batch of offset {} where {} should follow",
                                                header->base_offset, next_)
                                  : header.error().text);
            ++position;  // byte by byte: a length cannot be trusted here
        }
        return std::move(scan_);
    }

private:
    // Behind damage, a batch that comes later than all before it. Not beyond the end: that would be
    // a client's, sent as the value of a damaged record, and all that really follows would be lost.
    bool can_begin_anew(const kafka::BatchHeader& header) const {
        return is_broken_ && header.base_offset > next_ && header.next_offset() <= end_offset_;
    }

    void take(const kafka::BatchHeader& header, std::uint64_t position) {
        if (scan_.runs.empty() || is_broken_) {
            scan_.runs.push_back(
                {.state = {.base_offset = header.base_offset}, .position = position});
            is_broken_ = false;
        }
        GoodRun& run = scan_.runs.back();
        run.state.last_batch = position - run.position;
        run.state.bytes = position + header.bytes() - run.position;
        run.state.end_offset = next_ = header.next_offset();
    }

    void note(std::uint64_t position, const std::string& why) {
        if (scan_.damage.empty()) {
            scan_.damage = fmt::format("byte {} (offset {}): {}", position, next_, why);
        }
        is_broken_ = true;
    }

    FileWindow window_;
    Offset next_;
    const Offset end_offset_;
    bool is_broken_ = false;
    SegmentScan scan_;
};

}  // namespace

Result<SegmentScan> scan_segment(File& file, Offset base_offset, Offset end_offset,
                                 std::uint64_t bytes) {
    return Scan(file, base_offset, end_offset, bytes).run();
}

}  // namespace pinflow::eventlog
