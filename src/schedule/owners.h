// SPDX-License-Identifier: Apache-2.0
// Who is alive: each process that runs something holds the lock of a file of its own. The system
// lets go of it when the process ends, however it ends, so a number used again by another process,
// or a clock that jumps, deceives nobody.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "ports/files.h"

namespace pinflow::schedule {

// One thread at a time.
class Owners final {
public:
    Owners(Files& files, std::string directory) : files_(files), directory_(std::move(directory)) {}
    ~Owners();  // its own file goes: whoever looks then finds it gone
    Owners(const Owners&) = delete;
    Owners& operator=(const Owners&) = delete;

    // This process's name, locked at the first call.
    Result<std::string> mine();

    // A file that is gone, or whose lock nobody holds, has no living owner; its file is removed.
    bool is_alive(const std::string& owner);

private:
    std::string path_of(const std::string& owner) const { return directory_ + "/" + owner; }

    Files& files_;
    std::string directory_;
    std::string mine_;
    std::unique_ptr<File> lock_;
};

}  // namespace pinflow::schedule
