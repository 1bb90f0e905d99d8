// SPDX-License-Identifier: Apache-2.0
#include "base/check.h"
#include "eventlog/segment.h"
#include "memory/memory_files.h"
#include "sealed.h"
#include "targets.h"

namespace pinflow::fuzz {
namespace {

// Runs lie one behind the other, within the file, and each is what a reader then finds there.
void check_run(File& file, const eventlog::GoodRun& run, std::uint64_t end) {
    CHECK(run.state.bytes >= kafka::kBatchHeaderBytes);
    CHECK(run.position + run.state.bytes <= end);
    CHECK(run.state.base_offset < run.state.end_offset);
    CHECK(run.state.last_batch < run.state.bytes);
    std::string buffer;
    auto last = eventlog::read_batch_at(file, "s", run.position + run.state.last_batch,
                                        run.position + run.state.bytes, buffer);
    CHECK(last && last->next_offset() == run.state.end_offset);
    eventlog::SparseIndex index;
    auto next = eventlog::index_headers(file, run.position, run.position + run.state.bytes,
                                        run.state.base_offset, index);
    CHECK(next && *next == run.state.end_offset);
}

constexpr Offset kEnd = INT64_MAX;

void scan(File& file, Offset base_offset, std::uint64_t bytes) {
    auto found = eventlog::scan_segment(file, base_offset, kEnd, bytes);
    CHECK(found.has_value());
    std::uint64_t position = 0;
    Offset next = base_offset;
    for (const eventlog::GoodRun& run : found->runs) {
        CHECK(run.position >= position && run.state.base_offset >= next);
        check_run(file, run, bytes);
        position = run.position + run.state.bytes;
        next = run.state.end_offset;
    }
    bool is_whole = bytes == 0 ||
                    (found->runs.size() == 1 && position == bytes && found->runs[0].position == 0);
    CHECK(is_whole == found->damage.empty());
}

void scan_bytes(std::string_view bytes) {
    memory::MemoryFiles files({.tracks_durability = false});
    auto file = files.open("s", OpenMode::read_write).value();
    CHECK(file->write_at(0, {{bytes}}).has_value());
    Offset base = bytes.size() < 8 ? 0 : get_at<std::int64_t>(bytes, 0);
    scan(*file, base, bytes.size());
    scan(*file, 0, bytes.size() / 2);
}

}  // namespace

void segment_scan(std::string_view input) {
    scan_bytes(input);
    std::string sealed(input);
    seal_batches(sealed);
    scan_bytes(sealed);
}

}  // namespace pinflow::fuzz
