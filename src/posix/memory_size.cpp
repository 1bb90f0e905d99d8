// SPDX-License-Identifier: Apache-2.0
#include "posix/memory_size.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <string>

#include "base/text.h"

namespace pinflow::posix {
namespace {

constexpr const char* kOwnGroups = "/proc/self/cgroup";
constexpr const char* kGroupsRoot = "/sys/fs/cgroup";

std::uint64_t physical_bytes() {
    return static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
           static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

// Nothing for a file that is not there, and for "max".
std::optional<std::uint64_t> limit_in(const std::string& path) {
    std::ifstream file(path);
    std::string text;
    if (!std::getline(file, text)) return std::nullopt;
    auto number = parse_int(trim(text));
    if (!number || *number <= 0) return std::nullopt;
    return static_cast<std::uint64_t>(*number);
}

// The least of the limits of a group and of all above it.
std::uint64_t least_limit(std::string folder, const std::string& name, std::uint64_t limit) {
    while (true) {
        limit = std::min(limit, limit_in(folder + "/" + name).value_or(limit));
        if (folder.size() <= std::string(kGroupsRoot).size()) return limit;
        folder.resize(folder.rfind('/'));
    }
}

}  // namespace

std::uint64_t memory_bytes() {
    std::uint64_t limit = physical_bytes();
    std::ifstream groups(kOwnGroups);
    // "0::/path" of version 2; "4:memory:/path" of version 1.
    for (std::string line; std::getline(groups, line);) {
        auto parts = split(line, ':');
        if (parts.size() < 3) continue;
        std::string path(parts[2] == "/" ? "" : parts[2]);
        if (parts[1].empty()) {
            limit = least_limit(kGroupsRoot + path, "memory.max", limit);
        } else if (parts[1] == "memory") {
            std::string folder = std::string(kGroupsRoot) + "/memory" + path;
            limit = least_limit(folder, "memory.limit_in_bytes", limit);
        }
    }
    return limit;
}

}  // namespace pinflow::posix
