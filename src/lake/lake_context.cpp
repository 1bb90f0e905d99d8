// SPDX-License-Identifier: Apache-2.0
#include "lake/lake_context.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <system_error>

#include "base/hash.h"

namespace pinflow::lake {
namespace {

namespace fs = std::filesystem;

Status write_whole(const fs::path& path, const std::string& bytes) {
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    // Under another name first: a reader that finds the final one finds all of it.
    fs::path partial = path.parent_path() / random_uuid();
    std::ofstream out(partial, std::ios::binary);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    out.close();
    if (out) fs::rename(partial, path, error);
    if (!out || error) return fail(Errc::io, fmt::format("{}: cannot be written", path.string()));
    return {};
}

}  // namespace

std::string LakeContext::fresh_staging_path() const {
    return fs::path(staging_directory) / (random_uuid() + kStagedEnding);
}

// Data files and checkpoints never change under their name, so a copy is good for ever. What was
// fetched is dropped when the lake is opened next.
Task<Result<std::string>> LakeContext::local_copy(std::string key) const {
    if (auto path = store.local_path(key)) co_return *path;
    fs::path path = fs::path(staging_directory) / kFetchedFolder / key;
    std::error_code error;
    if (fs::exists(path, error)) co_return path.string();
    CO_TRY(std::string bytes, co_await store.get(key, {}));
    CO_TRY_STATUS(write_whole(path, bytes));
    co_return path.string();
}

void LakeContext::discard_staged(const std::string& path) const {
    std::error_code error;
    if (fs::path(path).parent_path() == fs::path(staging_directory)) fs::remove(path, error);
}

}  // namespace pinflow::lake
