// SPDX-License-Identifier: Apache-2.0
// For this folder's tests only: files that tell before they do something, so that a test can act at
// that very moment.
#pragma once

#include <functional>

#include "ports/files.h"

namespace pinflow::eventlog {

enum class FileAction { write, sync, remove, sync_directory };

class HookedFiles final : public Files {
public:
    // Called before each action, on the thread that does it.
    using Hook = std::function<void(FileAction action, const std::string& path)>;

    HookedFiles(Files& files, Hook hook) : files_(files), hook_(std::move(hook)) {}

    Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
        TRY(auto file, files_.open(path, mode));
        return std::make_unique<HookedFile>(std::move(file), path, hook_);
    }
    Result<std::vector<DirectoryEntry>> list(const std::string& directory) override {
        return files_.list(directory);
    }
    Result<DirectoryEntry> examine(const std::string& path) override {
        return files_.examine(path);
    }
    Status make_directory(const std::string& path) override { return files_.make_directory(path); }
    Status make_directories(const std::string& path) override {
        return files_.make_directories(path);
    }
    Status link_new(const std::string& from, const std::string& to) override {
        return files_.link_new(from, to);
    }
    Status rename(const std::string& from, const std::string& to) override {
        return files_.rename(from, to);
    }
    Status remove(const std::string& path) override {
        hook_(FileAction::remove, path);
        return files_.remove(path);
    }
    Status sync_directory(const std::string& path) override {
        hook_(FileAction::sync_directory, path);
        return files_.sync_directory(path);
    }
    Result<std::uint64_t> free_bytes(const std::string& path) override {
        return files_.free_bytes(path);
    }
    Result<std::uint64_t> total_bytes(const std::string& path) override {
        return files_.total_bytes(path);
    }
    Result<std::unique_ptr<File>> lock(const std::string& path) override {
        return files_.lock(path);
    }

private:
    class HookedFile final : public File {
    public:
        HookedFile(std::unique_ptr<File> file, std::string path, const Hook& hook)
            : file_(std::move(file)), path_(std::move(path)), hook_(hook) {}

        Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) override {
            return file_->read_at(offset, into);
        }
        Status write_at(std::uint64_t offset, std::span<const std::string_view> parts) override {
            hook_(FileAction::write, path_);
            return file_->write_at(offset, parts);
        }
        Status sync() override {
            hook_(FileAction::sync, path_);
            return file_->sync();
        }
        Status truncate(std::uint64_t bytes) override { return file_->truncate(bytes); }
        Result<std::uint64_t> size() override { return file_->size(); }
        Status reserve(std::uint64_t bytes) override { return file_->reserve(bytes); }

    private:
        std::unique_ptr<File> file_;
        std::string path_;
        const Hook& hook_;
    };

    Files& files_;
    const Hook hook_;
};

}  // namespace pinflow::eventlog
