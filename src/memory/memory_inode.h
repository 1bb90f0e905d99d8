// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <mutex>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pinflow::memory {

// What a name points to. A file has two contents: what readers see, and what a disk would hold
// after a power cut; sync() carries the first into the second.
class Inode final {
public:
    explicit Inode(bool directory, bool tracks_durability)
        : is_directory(directory), tracks_durability_(tracks_durability) {}

    const bool is_directory;

    std::size_t read(std::uint64_t offset, std::span<char> into) const;
    void write(std::uint64_t offset, std::string_view bytes);
    void truncate(std::uint64_t bytes);
    std::uint64_t size() const;

    // The bytes that need no further room on the disk.
    std::uint64_t covered_bytes() const;
    void reserve(std::uint64_t bytes);

    void sync();
    // As after a failed fsync on Linux: the pages count as clean, so no later sync writes them.
    void forget_unsynced();

    // What the disk holds after a power cut: the synced bytes, and of the unsynced ones each
    // 512-byte sector or not, as `dice` falls (never, without dice).
    std::string after_power_cut(std::mt19937_64* dice) const;

private:
    struct Range {
        std::uint64_t first = 0;
        std::uint64_t bytes = 0;
    };

    void copy_range(std::string& to, Range range) const;

    mutable std::mutex mutex_;
    std::string current_;
    std::string durable_;
    std::vector<Range> unsynced_;
    bool size_unsynced_ = false;
    std::uint64_t reserved_bytes_ = 0;
    bool tracks_durability_;
};

}  // namespace pinflow::memory
