// SPDX-License-Identifier: Apache-2.0
// What the disk itself can do: one thread that writes 4 KiB into a file whose blocks are there
// already, and waits for the barrier, again and again. No log can commit more often than this.
#pragma once

#include <chrono>

#include "bench/quantiles.h"
#include "ports/files.h"

namespace pinflow::bench {

class DiskFloor {
public:
    // Makes the file `path`, filled and synced, so that no measurement pays for new blocks.
    static Result<DiskFloor> open(Files& files, const std::string& path);

    // Adds to `samples` the microseconds of each write with its barrier, for so long.
    Status measure(std::chrono::milliseconds duration, Samples& samples);

private:
    explicit DiskFloor(std::unique_ptr<File> file) : file_(std::move(file)) {}

    std::unique_ptr<File> file_;
    std::uint64_t next_ = 0;
};

}  // namespace pinflow::bench
