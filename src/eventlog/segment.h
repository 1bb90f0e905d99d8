// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "eventlog/sparse_index.h"
#include "ports/files.h"

namespace pinflow::eventlog {

// "00000000000000001234.log": Kafka's name for the segment that begins at that offset.
std::string segment_name(Offset base_offset);
std::optional<Offset> parse_segment_name(std::string_view name);

// One file of a partition: record batches without a gap between their offsets, and nothing else.
// Its partition's lock guards what changes.
struct Segment {
    std::string path;
    std::unique_ptr<File> file;
    Offset base_offset = 0;
    Offset end_offset = 0;    // one past the last durable record
    std::uint64_t bytes = 0;  // durable
    SparseIndex index;        // of the durable batches
};

struct SegmentScan {
    Offset end_offset = 0;
    std::uint64_t good_bytes = 0;  // intact batches from the beginning on
    std::uint64_t file_bytes = 0;
    SparseIndex index;
    std::string damage;  // what is wrong at good_bytes; empty if nothing is
};

// Reads a whole segment: each batch's CRC, that offsets have no gap, that the epoch is ours.
// Fails only if the file cannot be read.
Result<SegmentScan> scan_segment(File& file, Offset base_offset);

// The intact batch at `position`, with all its bytes in `buffer`. `end` bounds the reading.
// corrupt, naming file and byte, if it does not check.
Result<kafka::BatchHeader> read_batch_at(const Segment& segment, std::uint64_t position,
                                         std::uint64_t end, std::string& buffer);

}  // namespace pinflow::eventlog
