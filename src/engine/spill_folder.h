// SPDX-License-Identifier: Apache-2.0
// Where one session's database puts what does not fit into memory. Every database needs a folder of
// its own, because DuckDB numbers its files anew in each.
#pragma once

#include <string>
#include <utility>

#include "base/result.h"

namespace pinflow::engine {

class SpillFolder final {
public:
    // <directory>/<process>-<uuid>, with its parents; none for an empty `directory`. What processes
    // that are gone have left in `directory` is removed. DuckDB makes the folder when it first
    // spills.
    static Result<SpillFolder> make(const std::string& directory);
    ~SpillFolder();
    SpillFolder(SpillFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    SpillFolder& operator=(SpillFolder&&) = delete;

    const std::string& path() const { return path_; }  // empty: none

private:
    explicit SpillFolder(std::string path) : path_(std::move(path)) {}
    std::string path_;
};

}  // namespace pinflow::engine
