// SPDX-License-Identifier: Apache-2.0
#include "bench/disk_floor.h"

namespace pinflow::bench {
namespace {

constexpr std::uint64_t kFileBytes = 16 << 20;
constexpr std::size_t kWriteBytes = 4 << 10;

}  // namespace

Result<DiskFloor> DiskFloor::open(Files& files, const std::string& path) {
    TRY(auto file, files.open(path, OpenMode::read_write));
    TRY_STATUS(file->reserve(kFileBytes));
    std::string fill(1 << 20, 'f');
    for (std::uint64_t at = 0; at < kFileBytes; at += fill.size()) {
        TRY_STATUS(file->write_at(at, {{fill}}));
    }
    TRY_STATUS(file->sync());
    return DiskFloor(std::move(file));
}

Status DiskFloor::measure(std::chrono::milliseconds duration, Samples& samples) {
    using clock = std::chrono::steady_clock;
    std::string bytes(kWriteBytes, 'x');
    auto end = clock::now() + duration;
    for (auto begin = clock::now(); begin < end;) {
        TRY_STATUS(file_->write_at(next_, {{bytes}}));
        TRY_STATUS(file_->sync());
        next_ = (next_ + kWriteBytes) % kFileBytes;
        auto done = clock::now();
        samples.add(done - begin);
        begin = done;
    }
    return {};
}

}  // namespace pinflow::bench
