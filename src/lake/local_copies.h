// SPDX-License-Identifier: Apache-2.0
// Where the store is no folder, the engine reads copies of its objects.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "ports/clock.h"
#include "ports/object_store.h"

namespace pinflow::lake {

// What stays when nobody has asked for it for a while. More only while it is being read.
inline constexpr std::uint64_t kCopiesBytesMax = 4ULL << 30;
// A copy that was given out stays at least so long: the query for which it was asked may open it
// late, and nobody says when it has ended.
inline constexpr std::int64_t kCopyKeptMs = 15 * 60 * 1'000;
inline constexpr std::size_t kFetchesAtOnce = 8;
inline constexpr std::uint64_t kFetchBytes = 16 << 20;  // of an object, in memory at once

// An object that never changes under its key: a data file.
struct Wanted {
    std::string key;
    std::uint64_t bytes = 0;  // as the log has it: another size is corrupt
};

// Any thread; calls block. The copies lie in a directory that is this object's alone.
class LocalCopies final {
public:
    LocalCopies(ObjectStore& store, Clock& clock, std::string directory,
                std::uint64_t bytes_max = kCopiesBytesMax)
        : store_(store), clock_(clock), directory_(std::move(directory)), bytes_max_(bytes_max) {}

    // The store's own places, or copies: of each, in the order asked. Several are fetched at once.
    Result<std::vector<std::string>> paths_of(const std::vector<Wanted>& wanted);

    // A file that was put under that key becomes its copy, where one would be of use; else it
    // stays as it is.
    void adopt(const Wanted& object, const std::string& path);

    // Fetched anew each time, for an object that may change; the caller removes the file.
    Task<Result<std::string>> fresh_copy(std::string key);

    std::uint64_t bytes_kept() const;

private:
    struct Copy {
        std::uint64_t bytes = 0;
        std::int64_t given_us = 0;
    };

    bool find(const Wanted& object);
    Status fetch(const Wanted& object);
    void take(const Wanted& object);
    void drop_unused();
    std::string path_of(const std::string& key) const { return directory_ + "/" + key; }

    ObjectStore& store_;
    Clock& clock_;
    const std::string directory_;
    const std::uint64_t bytes_max_;
    mutable std::mutex mutex_;
    std::map<std::string, Copy> copies_;  // by key
    std::uint64_t bytes_ = 0;
};

}  // namespace pinflow::lake
