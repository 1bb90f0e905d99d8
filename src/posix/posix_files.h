// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ports/files.h"

namespace pinflow::posix {

// The real file system. Has no state of its own.
class PosixFiles final : public Files {
public:
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
};

}  // namespace pinflow::posix
