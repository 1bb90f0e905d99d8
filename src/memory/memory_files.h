// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>

#include "memory/memory_inode.h"
#include "ports/files.h"

namespace pinflow::memory {

// What shall go wrong. Counts are of calls from now on; 1 is the next one.
struct FileFaults {
    std::optional<std::int64_t> fail_sync_at;   // io; what was unsynced is never written after it
    std::optional<std::int64_t> fail_write_at;  // io; half of the bytes are there
    std::optional<std::int64_t> power_off_at;   // this and every later change fails, without effect
    std::optional<std::uint64_t> bytes_until_full;  // then no_space, after as many bytes as fitted
};

struct MemoryFilesSettings {
    bool tracks_durability = true;  // false: no second copy, and after_power_cut() finds nothing
    std::uint64_t free_bytes = 1ull << 40;
    std::uint64_t total_bytes = 1ull << 41;
};

// A file system in memory that knows what a disk would still hold after a power cut, and fails on
// order. Names become durable only by sync_directory; without it a power cut leaves the first so
// many changes of each directory, and of each directory by itself.
class MemoryFiles final : public Files {
public:
    explicit MemoryFiles(MemoryFilesSettings settings = {});
    ~MemoryFiles() override;

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

    void set_faults(FileFaults faults);
    void set_free_bytes(std::uint64_t bytes);
    std::int64_t change_count() const;  // calls so far that change something: for power_off_at
    std::int64_t sync_count() const;

    // The disk as it is found after a power cut now. Seed 0: nothing unsynced survived; any other:
    // of each unsynced write and of the last names some did, at random.
    std::unique_ptr<MemoryFiles> after_power_cut(std::uint64_t seed) const;

    // As it is found after kill -9: all that was written is there, synced or not.
    std::unique_ptr<MemoryFiles> after_kill() const;

    // Flips one bit of a file, as a bad disk does.
    void flip_bit(const std::string& path, std::uint64_t bit);

private:
    friend class MemoryFile;
    using Names = std::map<std::string, std::shared_ptr<Inode>>;  // shared with open files

    struct NameChange {
        enum class Kind { add, remove, rename } kind = Kind::add;
        std::string path;
        std::string to;                // for rename
        std::shared_ptr<Inode> inode;  // for add
    };

    static void apply(Names& names, const NameChange& change);
    void apply_some(Names& names, std::mt19937_64& dice) const;
    Status change_name(NameChange change);
    Status check_power(std::string_view action, const std::string& path);
    Status check_sync(std::string_view path, Inode* inode);
    Status check_parent(const std::string& path) const;
    Status write(Inode& inode, const std::string& path, std::uint64_t offset,
                 std::span<const std::string_view> parts);
    Status truncate(Inode& inode, const std::string& path, std::uint64_t bytes);
    Status reserve(Inode& inode, const std::string& path, std::uint64_t bytes);
    void unlock(const std::string& path);

    mutable std::mutex mutex_;
    MemoryFilesSettings settings_;
    FileFaults faults_;
    Names names_;
    Names durable_names_;
    std::vector<NameChange> unsynced_names_;
    std::set<std::string> locks_;
    std::int64_t change_count_ = 0;
    std::int64_t sync_count_ = 0;
};

}  // namespace pinflow::memory
