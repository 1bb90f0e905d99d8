// SPDX-License-Identifier: Apache-2.0
#include "app/data_directory.h"

#include <fmt/format.h>
#include <poll.h>

#include <cstdlib>
#include <filesystem>

namespace pinflow::app {
namespace {

constexpr std::uint64_t kSmallFileBytesMax = 16 << 20;
constexpr int kBatchLooks = 40;
constexpr int kBatchLookMs = 50;

std::string environment_or(const char* name, const std::string& otherwise) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0' ? value : otherwise;
}

}  // namespace

DataDirectory data_directory_named(const std::string& flag) {
    std::string home = environment_or("HOME", ".");
    std::string share = environment_or("XDG_DATA_HOME", home + "/.local/share");
    std::string root = flag.empty() ? environment_or("PINFLOW_DATA_DIR", share + "/pinflow") : flag;
    std::error_code ignored;
    auto absolute = std::filesystem::absolute(root, ignored);
    return DataDirectory{ignored ? root : absolute.lexically_normal().string()};
}

Result<std::unique_ptr<File>> take_directory(Files& files, const DataDirectory& directory,
                                             DirectoryUse use) {
    TRY_STATUS(files.make_directories(directory.root));
    std::string name = use == DirectoryUse::server ? "lock" : "batch.lock";
    auto lock = files.lock(directory.root + "/" + name);
    if (!lock && lock.error().code == Errc::busy) {
        return fail(
            Errc::busy,
            fmt::format("data directory {} is in use by another pinflow{}; stop it, or give "
                        "this one its own with --data-dir",
                        directory.root, use == DirectoryUse::server ? "" : " batch run"));
    }
    return lock;
}

Result<std::unique_ptr<File>> take_directory_for_step(Files& files, const DataDirectory& directory,
                                                      const std::string& step) {
    TRY_STATUS(files.make_directories(directory.steps()));
    auto lock = files.lock(directory.steps() + "/" + step + ".lock");
    if (!lock && lock.error().code == Errc::busy) {
        return fail(Errc::busy, fmt::format("step {} goes on already over data directory {}", step,
                                            directory.root));
    }
    if (!lock) return lock;
    // Steps that look at the same moment see one another here: so a few times.
    for (int look = 1;; ++look) {
        auto batch = take_directory(files, directory, DirectoryUse::batch);
        if (batch) return lock;
        if (batch.error().code != Errc::busy || look == kBatchLooks)
            return std::unexpected(std::move(batch).error());
        poll(nullptr, 0, kBatchLookMs);
    }
}

Status write_small_file(Files& files, const std::string& path, std::string_view bytes) {
    std::string fresh = path + ".new";
    {
        TRY(auto file, files.open(fresh, OpenMode::read_write));
        TRY_STATUS(file->truncate(0));
        TRY_STATUS(file->write_at(0, std::span(&bytes, 1)));
        TRY_STATUS(file->sync());
    }
    TRY_STATUS(files.rename(fresh, path));
    std::size_t slash = path.rfind('/');
    return files.sync_directory(slash == std::string::npos ? "." : path.substr(0, slash));
}

Result<std::string> read_small_file(Files& files, const std::string& path) {
    TRY(auto file, files.open(path, OpenMode::read));
    TRY(auto bytes, file->size());
    if (bytes > kSmallFileBytesMax)
        return fail(Errc::too_large, path + " is too large to be read here");
    std::string text(bytes, '\0');
    TRY(auto read, file->read_at(0, text));
    text.resize(read);
    return text;
}

}  // namespace pinflow::app
