// SPDX-License-Identifier: Apache-2.0
#include "lake/delta_lake.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>

#include "codec/delta/names.h"
#include "lake/delta_table.h"

namespace pinflow::lake {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kTableNameBytesMax = 200;

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
}

bool is_table_name(std::string_view name) {
    return !name.empty() && name.size() <= kTableNameBytesMax && name != "." && name != ".." &&
           std::ranges::all_of(name, is_name_character);
}

// "pin" for "pin/_delta_log/00000000000000000000.json".
std::optional<std::string> table_of(std::string_view key) {
    std::string middle = fmt::format("/{}/", delta::kLogFolder);
    std::size_t at = key.find(middle);
    if (at == std::string_view::npos || !is_table_name(key.substr(0, at))) return std::nullopt;
    if (!delta::commit_version(key.substr(at + middle.size()))) return std::nullopt;
    return std::string(key.substr(0, at));
}

// Only what a lake puts there: the directory is given from outside, and might be the wrong one.
void drop_leftovers(const fs::path& staging, std::error_code& error) {
    fs::remove_all(staging / kFetchedFolder, error);
    for (const auto& entry : fs::directory_iterator(staging, error))
        if (entry.path().extension() == kStagedEnding) fs::remove(entry.path(), error);
}

}  // namespace

Result<std::unique_ptr<DeltaLake>> DeltaLake::open(ObjectStore& store, Clock& clock,
                                                   SqlEngine& engine,
                                                   std::string staging_directory) {
    std::error_code error;
    fs::create_directories(staging_directory, error);
    if (!error) drop_leftovers(staging_directory, error);
    if (error)
        return fail(Errc::io,
                    fmt::format("{}: cannot be made: {}", staging_directory, error.message()));
    std::string fetched = fs::path(staging_directory) / kFetchedFolder;
    auto copies = std::make_shared<LocalCopies>(store, clock, std::move(fetched));
    return std::unique_ptr<DeltaLake>(
        new DeltaLake({store, clock, engine, std::move(staging_directory), std::move(copies)}));
}

Result<std::unique_ptr<Table>> DeltaLake::table(std::string name) {
    if (!is_table_name(name))
        return fail(Errc::invalid_argument,
                    fmt::format("'{}' is no table name: 1 to {} of a-z A-Z 0-9 _ . -", name,
                                kTableNameBytesMax));
    return std::make_unique<DeltaTable>(context_, std::move(name));
}

Task<Result<std::vector<std::string>>> DeltaLake::list_tables() {
    CO_TRY(auto objects, co_await context_.store.list(""));
    std::set<std::string> names;
    for (const ObjectInfo& object : objects)
        if (auto name = table_of(object.key)) names.insert(*name);
    co_return std::vector<std::string>(names.begin(), names.end());
}

Result<std::string> DeltaLake::staging_path() { return context_.fresh_staging_path(); }

}  // namespace pinflow::lake
