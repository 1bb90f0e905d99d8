// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ports/files.h"

namespace pinflow::posix {

// An open descriptor and the path it was opened by, which is for error texts only.
class PosixFile final : public File {
public:
    PosixFile(int descriptor, std::string path) : fd_(descriptor), path_(std::move(path)) {}
    ~PosixFile() override;
    PosixFile(const PosixFile&) = delete;
    PosixFile& operator=(const PosixFile&) = delete;

    Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) override;
    Status write_at(std::uint64_t offset, std::span<const std::string_view> parts) override;
    Status sync() override;
    Status truncate(std::uint64_t bytes) override;
    Result<std::uint64_t> size() override;
    Status reserve(std::uint64_t bytes) override;

    int descriptor() const { return fd_; }

private:
    int fd_;
    std::string path_;
};

}  // namespace pinflow::posix
