// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>

#include "eventlog/checkpoint.h"
#include "eventlog/sparse_index.h"

namespace pinflow::eventlog {

// "00000000000000001234.log": Kafka's name for the segment that begins at that offset.
std::string segment_name(Offset base_offset);
std::optional<Offset> parse_segment_name(std::string_view name);

// One file of a partition: record batches without a gap between their offsets, and nothing else.
// Its partition's lock guards what changes.
struct Segment {
    std::string path;
    SegmentState state;  // as far as readers may go

    // Kept open while it is the last, which grows. Readers of the others open their own.
    std::shared_ptr<File> file;

    SparseIndex index;  // of what was appended since the log opened
    std::uint64_t opened_bytes = 0;
    Offset opened_end = 0;  // what lies before is indexed when somebody asks

    std::mutex older_mutex;
    std::shared_ptr<const SparseIndex> older;
};

// The index of what the segment held when the log opened: from its file, or by walking the headers.
// A damaged header ends the index; who reads there is told. Any thread.
Result<std::shared_ptr<const SparseIndex>> older_index(Files& files, Segment& segment);

// The file itself, or one opened for this reader. not_found: deleted meanwhile.
Result<std::shared_ptr<File>> file_for_reading(Files& files, const Segment& segment,
                                               std::shared_ptr<File> kept);

// Reads the batch headers in [from, end) of a file, without their records, and adds them to the
// index. Gives the offset behind the last, and stops early at what is no header.
Result<Offset> index_headers(File& file, std::uint64_t from, std::uint64_t end, Offset next,
                             SparseIndex& index);

// A stretch of whole batches, each checked, their offsets without a gap.
struct GoodRun {
    SegmentState state;  // bytes and last_batch count from `position`; times are left at 0
    std::uint64_t position = 0;
};
struct SegmentScan {
    std::vector<GoodRun> runs;
    std::string damage;  // the first thing wrong, with its byte; empty if nothing is
};
// Reads the first `bytes` of a segment file wholly: each batch's CRC, place and epoch. Behind
// damage it looks for the next whole batch up to `end_offset`. Fails only if the file cannot be
// read.
Result<SegmentScan> scan_segment(File& file, Offset base_offset, Offset end_offset,
                                 std::uint64_t bytes);

// The intact batch at `position`, with all its bytes in `buffer`. `end` bounds the reading.
// corrupt, naming file and byte, if it does not check.
Result<kafka::BatchHeader> read_batch_at(File& file, const std::string& path,
                                         std::uint64_t position, std::uint64_t end,
                                         std::string& buffer);

}  // namespace pinflow::eventlog
