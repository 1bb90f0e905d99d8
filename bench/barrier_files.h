// SPDX-License-Identifier: Apache-2.0
// The real files, seen through a gauge: every barrier (a sync of a file or of a directory) and
// every written byte is counted, and a barrier takes at least as long as asked. So a figure says
// how many barriers it cost, and a fast disk can stand in for a slow one.
#pragma once

#include <atomic>
#include <chrono>

#include "posix/posix_files.h"

namespace pinflow::bench {

struct BarrierCounts {
    std::int64_t barriers = 0;
    std::int64_t bytes_written = 0;
};

class BarrierFiles final : public Files {
public:
    // 0: as quick as the disk is.
    explicit BarrierFiles(std::chrono::microseconds barrier_min) : gauge_{.min = barrier_min} {}

    BarrierCounts counts() const { return {gauge_.barriers, gauge_.bytes_written}; }  // any thread

    Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
    Result<std::vector<DirectoryEntry>> list(const std::string& directory) override;
    Result<DirectoryEntry> examine(const std::string& path) override;
    Status make_directory(const std::string& path) override;
    Status make_directories(const std::string& path) override;
    Status link_new(const std::string& from, const std::string& to) override;
    Status rename(const std::string& from, const std::string& to) override;
    Status remove(const std::string& path) override;
    Status sync_directory(const std::string& path) override;
    Result<std::uint64_t> free_bytes(const std::string& path) override;
    Result<std::uint64_t> total_bytes(const std::string& path) override;
    Result<std::unique_ptr<File>> lock(const std::string& path) override;

private:
    friend class BarrierFile;
    struct Gauge {
        std::chrono::microseconds min;
        std::atomic<std::int64_t> barriers = 0;
        std::atomic<std::int64_t> bytes_written = 0;
    };

    posix::PosixFiles real_;
    Gauge gauge_;
};

}  // namespace pinflow::bench
