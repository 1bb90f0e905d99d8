// SPDX-License-Identifier: Apache-2.0
#include "bench/barrier_files.h"

#include <time.h>

namespace pinflow::bench {
namespace {

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

timespec now() {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time;
}

// Sleeps without spinning, as a thread does that waits for a disk.
void sleep_until(timespec from, std::chrono::nanoseconds duration) {
    std::int64_t nanos = from.tv_nsec + duration.count();
    timespec end{.tv_sec = from.tv_sec + nanos / kNanosPerSecond,
                 .tv_nsec = nanos % kNanosPerSecond};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, nullptr) == EINTR) {
    }
}

// A failed barrier takes as long as a good one.
template <class Barrier>
Status at_least(std::chrono::microseconds min, Barrier&& barrier) {
    if (min.count() == 0) return barrier();
    timespec begin = now();
    Status outcome = barrier();
    sleep_until(begin, min);
    return outcome;
}

}  // namespace

class BarrierFile final : public File {
public:
    BarrierFile(std::unique_ptr<File> real, BarrierFiles::Gauge& gauge)
        : real_(std::move(real)), gauge_(gauge) {}

    Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) override {
        return real_->read_at(offset, into);
    }
    Status write_at(std::uint64_t offset, std::span<const std::string_view> parts) override {
        for (std::string_view part : parts) {
            gauge_.bytes_written += static_cast<std::int64_t>(part.size());
        }
        return real_->write_at(offset, parts);
    }
    Status sync() override {
        ++gauge_.barriers;
        return at_least(gauge_.min, [&] { return real_->sync(); });
    }
    Status truncate(std::uint64_t bytes) override { return real_->truncate(bytes); }
    Result<std::uint64_t> size() override { return real_->size(); }
    Status reserve(std::uint64_t bytes) override { return real_->reserve(bytes); }

private:
    std::unique_ptr<File> real_;
    BarrierFiles::Gauge& gauge_;
};

Result<std::unique_ptr<File>> BarrierFiles::open(const std::string& path, OpenMode mode) {
    TRY(auto real, real_.open(path, mode));
    return std::make_unique<BarrierFile>(std::move(real), gauge_);
}

Status BarrierFiles::sync_directory(const std::string& path) {
    ++gauge_.barriers;
    return at_least(gauge_.min, [&] { return real_.sync_directory(path); });
}

Result<std::vector<DirectoryEntry>> BarrierFiles::list(const std::string& directory) {
    return real_.list(directory);
}
Result<DirectoryEntry> BarrierFiles::examine(const std::string& path) {
    return real_.examine(path);
}
Status BarrierFiles::make_directory(const std::string& path) { return real_.make_directory(path); }
Status BarrierFiles::make_directories(const std::string& path) {
    return real_.make_directories(path);
}
Status BarrierFiles::link_new(const std::string& from, const std::string& to) {
    return real_.link_new(from, to);
}
Status BarrierFiles::rename(const std::string& from, const std::string& to) {
    return real_.rename(from, to);
}
Status BarrierFiles::remove(const std::string& path) { return real_.remove(path); }
Result<std::uint64_t> BarrierFiles::free_bytes(const std::string& path) {
    return real_.free_bytes(path);
}
Result<std::uint64_t> BarrierFiles::total_bytes(const std::string& path) {
    return real_.total_bytes(path);
}
Result<std::unique_ptr<File>> BarrierFiles::lock(const std::string& path) {
    return real_.lock(path);
}

}  // namespace pinflow::bench
