// SPDX-License-Identifier: Apache-2.0
#include "engine/spill_folder.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <optional>
#include <system_error>

#include "base/hash.h"
#include "base/text.h"

namespace pinflow::engine {
namespace {

namespace fs = std::filesystem;

// The process that "1234-<uuid>" belongs to; nothing for a name that is not of ours.
std::optional<std::int64_t> process_of(const std::string& name) {
    std::size_t dash = name.find('-');
    if (dash == std::string::npos) return std::nullopt;
    auto process = parse_int(name.substr(0, dash));
    return process && *process > 0 ? process : std::nullopt;
}

// A number that was given to another process since keeps its folder: until that one ends.
bool is_gone(std::int64_t process) {
    return ::kill(static_cast<pid_t>(process), 0) != 0 && errno == ESRCH;
}

void remove_leftovers(const fs::path& directory) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(directory, ignored)) {
        auto process = process_of(entry.path().filename().string());
        if (process && is_gone(*process)) fs::remove_all(entry.path(), ignored);
    }
}

}  // namespace

Result<SpillFolder> SpillFolder::make(const std::string& directory) {
    if (directory.empty()) return SpillFolder("");
    std::error_code error;
    fs::create_directories(directory, error);
    if (error)
        return fail(Errc::io, fmt::format("spill directory {}: cannot be made: {}", directory,
                                          error.message()));
    remove_leftovers(directory);
    return SpillFolder(
        (fs::path(directory) / fmt::format("{}-{}", ::getpid(), random_uuid())).string());
}

SpillFolder::~SpillFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
}

}  // namespace pinflow::engine
