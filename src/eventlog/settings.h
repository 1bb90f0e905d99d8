// SPDX-License-Identifier: Apache-2.0
// Every number that bounds the log, written once.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"

namespace pinflow::eventlog {

enum class Durability {
    fsync,   // an answer means: on stable storage
    os,      // an answer means: given to the kernel; survives kill -9, not a power cut
    memory,  // the files themselves are in memory
};

std::string_view name_of(Durability durability);

struct NativeLogSettings {
    std::string directory;  // "<data>/log"; made if absent
    Durability durability = Durability::fsync;

    std::uint64_t segment_bytes_max = 128 << 20;  // a group begun below it may end above it
    std::uint64_t group_bytes_max = 8 << 20;      // one write and one sync; or one larger batch
    std::uint64_t batch_bytes_max = 16 << 20;     // larger ones are too_large
    std::uint64_t queue_bytes_max = 64 << 20;  // waiting for the committer; above it: unavailable

    std::uint64_t journal_file_bytes = 64 << 20;  // holds any group; so also bounds a request
    std::uint64_t checkpoint_bytes = 256 << 20;   // of journal, after which there is one
    std::int64_t checkpoint_idle_ms = 1'000;      // or after so long without a group

    // Whole segments go when all in them was appended longer ago, or the partition is larger. Never
    // with less than nothing. The time of an event deletes nothing.
    std::int64_t retention_ms = -1;
    std::int64_t retention_bytes = -1;  // of one partition
    std::int64_t retention_check_ms = 300'000;

    // What the log reads over again in the background, to find what a disk has lost silently; 0:
    // nothing.
    std::uint64_t scrub_bytes_per_second = 4 << 20;

    // What is damaged is put aside, said, and gone without. Otherwise the log does not open.
    bool accept_data_loss = false;

    // Appends are refused with no_space when the disk has less free than the larger of the two.
    std::uint64_t free_bytes_floor = 1 << 30;
    double free_ratio_floor = 0.05;

    // Called once, on the committer's thread, when a write or sync has failed: the log takes
    // nothing more, and the process should end soon and be started anew.
    std::function<void(const Error&)> on_failure;
};

constexpr std::size_t kIndexIntervalBytes = 32 << 10;  // one index entry per so many bytes
constexpr std::size_t kScanBytes = 1 << 20;            // read at once by recovery
constexpr std::size_t kZerosAtOnceBytes = 1 << 20;     // of a journal file before its use
constexpr std::size_t kFetchBytesMax = 64 << 20;       // whatever a caller asks for

// Segments that grew by so much are synced without waiting for the checkpoint, each time the
// journal grew by so much, but not more often than so: a sync of the journal stands behind what the
// disk is given at once (350 ms behind 200 MiB, 18 ms behind 8), and each more costs a barrier.
constexpr std::uint64_t kWriteOutBytes = 4 << 20;
constexpr std::int64_t kWriteOutPauseUs = 100'000;

constexpr std::uint64_t kJournalFileBytesMin = 16 << 10;

// While a checkpoint runs, the journal may grow to so many times checkpoint_bytes; then appends
// wait for it.
constexpr std::uint64_t kJournalAheadMax = 4;

}  // namespace pinflow::eventlog
