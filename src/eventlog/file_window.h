// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>

#include "eventlog/settings.h"
#include "ports/files.h"

namespace pinflow::eventlog {

// A stretch of a file in memory that moves along with its reader.
class FileWindow final {
public:
    // Reads nothing at or behind `end`.
    FileWindow(File& file, std::uint64_t end) : file_(file), end_(end) {}

    std::uint64_t end() const { return end_; }

    // `count` bytes at `position`, fewer at the end. Good until the next call. io if the file is
    // shorter than it was.
    Result<std::string_view> at(std::uint64_t position, std::uint64_t count) {
        if (position >= end_) return std::string_view();
        count = std::min(count, end_ - position);
        if (position < first_ || position + count > first_ + buffer_.size()) {
            TRY_STATUS(load(position,
                            std::min(std::max<std::uint64_t>(count, kScanBytes), end_ - position)));
        }
        return std::string_view(buffer_).substr(position - first_, count);
    }

private:
    Status load(std::uint64_t position, std::uint64_t count) {
        buffer_.resize(count);
        TRY(std::size_t got, file_.read_at(position, buffer_));
        if (got != count) return fail(Errc::io, "a file became shorter while it was read");
        first_ = position;
        return {};
    }

    File& file_;
    std::uint64_t end_;
    std::uint64_t first_ = 0;
    std::string buffer_;
};

}  // namespace pinflow::eventlog
