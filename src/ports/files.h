// SPDX-License-Identifier: Apache-2.0
// The port to the operating system's files. Paths are absolute or relative to the working
// directory; no method follows them outside what the caller built. Any thread; one File is used by
// one thread at a time, except read_at, which any thread may call.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pinflow {

class File {
public:
    virtual ~File() = default;  // closes; reports nothing: sync first what matters

    // Reads up to into.size() bytes at `offset`; fewer only at the end of the file.
    virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) = 0;

    // Writes all the parts one after the other at `offset`, or fails with how it went unknown.
    // no_space when the disk is full.
    virtual Status write_at(std::uint64_t offset, std::span<const std::string_view> parts) = 0;

    // Data and size are on stable storage when this returns ok. A failure is final: never retry it.
    virtual Status sync() = 0;

    virtual Status truncate(std::uint64_t bytes) = 0;
    virtual Result<std::uint64_t> size() = 0;

    // Sets aside what bytes 0 to `bytes` need on the disk, so that a write there cannot meet a full
    // one. The size stays; truncate() gives the rest back. no_space; ok without effect where the
    // file system cannot.
    virtual Status reserve(std::uint64_t bytes) = 0;
};

enum class OpenMode {
    read,        // must exist
    read_write,  // created if absent
    create_new,  // already_exists if present
};

struct DirectoryEntry {
    std::string name;
    bool is_directory = false;
    std::uint64_t bytes = 0;
    bool is_link = false;          // symbolic; never followed by list and examine
    std::int64_t modified_ms = 0;  // since 1970; 0 where the twin keeps no times
};

class Files {
public:
    virtual ~Files() = default;

    virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;

    // Entries in no particular order, "." and ".." left out. not_found if there is no such
    // directory.
    virtual Result<std::vector<DirectoryEntry>> list(const std::string& directory) = 0;

    // One name, without following it: what list would say of it. not_found.
    virtual Result<DirectoryEntry> examine(const std::string& path) = 0;

    // Not durable before sync_directory of its parent, which exists. already_exists.
    virtual Status make_directory(const std::string& path) = 0;

    // With its parents, each made durable in its parent. Ok if it is there already.
    virtual Status make_directories(const std::string& path) = 0;

    // Gives `from` the further name `to`, atomically; already_exists if `to` is taken.
    virtual Status link_new(const std::string& from, const std::string& to) = 0;

    // Atomically replaces `to`. Neither name is durable before sync_directory.
    virtual Status rename(const std::string& from, const std::string& to) = 0;

    virtual Status remove(const std::string& path) = 0;  // a file or an empty directory

    // Makes the names in a directory durable.
    virtual Status sync_directory(const std::string& path) = 0;

    // Of the file system that holds `path`: what we may still write, and its size.
    virtual Result<std::uint64_t> free_bytes(const std::string& path) = 0;
    virtual Result<std::uint64_t> total_bytes(const std::string& path) = 0;

    // Held until the returned object goes or the process ends; `busy` if another process holds it.
    virtual Result<std::unique_ptr<File>> lock(const std::string& path) = 0;
};

}  // namespace pinflow
