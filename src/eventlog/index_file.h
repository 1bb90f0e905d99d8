// SPDX-License-Identifier: Apache-2.0
// The sparse index of a segment beside it, "<base offset>.idx": a cache, made again when it is not
// there or does not check. The format: docs/formats/index.md. (Kafka's own .index and .timeindex
// carry no checksum, so ours has another name and Kafka's tools do not take it for theirs.)
#pragma once

#include "eventlog/sparse_index.h"
#include "ports/files.h"

namespace pinflow::eventlog {

struct StoredIndex {
    SparseIndex index;
    std::uint64_t covered_bytes = 0;  // of the segment; what follows is to be indexed yet
    Offset covered_end = 0;
};

std::string index_path(const std::string& segment_path);

std::string encode_index(Offset base_offset, const StoredIndex& stored);
Result<StoredIndex> decode_index(Offset base_offset, std::string_view bytes);

// An empty one (covering nothing) if the file is not there, does not check, or speaks of more than
// the segment's `bytes`.
StoredIndex load_index(Files& files, const std::string& segment_path, Offset base_offset,
                       std::uint64_t bytes);

// Not synced; a failure costs a walk later.
Status save_index(Files& files, const std::string& segment_path, Offset base_offset,
                  const StoredIndex& stored);

}  // namespace pinflow::eventlog
