// SPDX-License-Identifier: Apache-2.0
#include "lake/log_reader.h"

#include <fmt/format.h>

#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "codec/delta/names.h"
#include "lake/checkpoint.h"

namespace pinflow::lake {
namespace {

// What lies in a log folder, by version.
struct LogListing {
    std::int64_t first_commit = LogState::kNoVersion;
    std::int64_t last_commit = LogState::kNoVersion;
    std::map<std::int64_t, std::vector<std::string>> checkpoint_keys;  // classic ones, all parts
};

// "<version>.checkpoint.parquet" or "<version>.checkpoint.<part>.<parts>.parquet".
void note_checkpoint(const std::string& key, std::string_view name, LogListing& listing) {
    std::vector<std::string_view> words = split(name, '.');
    if (words.size() < 3 || words[1] != "checkpoint" || words.back() != "parquet") return;
    auto version = parse_int(words[0]);
    bool classic = words.size() == 3 || (words.size() == 5 && parse_int(words[3]));
    if (version && classic) listing.checkpoint_keys[*version].push_back(key);
}

// A checkpoint in parts counts only when all of them are there.
bool is_complete(const std::vector<std::string>& keys) {
    std::vector<std::string_view> words = split(keys.front(), '.');
    auto parts =
        words.size() < 5 ? std::optional<std::int64_t>{1} : parse_int(words[words.size() - 2]);
    return parts && static_cast<std::size_t>(*parts) == keys.size();
}

LogListing sort_out(const std::vector<ObjectInfo>& objects, std::size_t prefix_bytes) {
    LogListing listing;
    for (const ObjectInfo& object : objects) {  // by name, hence by version
        std::string_view name = std::string_view(object.key).substr(prefix_bytes);
        if (auto version = delta::commit_version(name)) {
            if (listing.first_commit == LogState::kNoVersion) listing.first_commit = *version;
            listing.last_commit = *version;
        } else {
            note_checkpoint(object.key, name, listing);
        }
    }
    std::erase_if(listing.checkpoint_keys,
                  [](const auto& entry) { return !is_complete(entry.second); });
    return listing;
}

Task<Status> load_checkpoint(const LakeContext& lake, const LogListing& listing,
                             std::optional<std::int64_t> wanted, LogState& state) {
    auto after =
        wanted ? listing.checkpoint_keys.upper_bound(*wanted) : listing.checkpoint_keys.end();
    if (after == listing.checkpoint_keys.begin()) co_return Status{};
    auto [version, keys] = *std::prev(after);
    CO_TRY(auto actions, co_await read_checkpoint(lake, keys));
    auto applied = state.apply(version, std::move(actions));
    if (!applied) co_return with_context(std::move(applied).error(), keys.front());
    co_return Status{};
}

// Loads from nothing; returns the last version that the listing saw.
Task<Result<std::int64_t>> load(const LakeContext& lake, const std::string& table,
                                std::optional<std::int64_t> wanted, LogState& state) {
    std::string prefix = log_key(table, "");
    CO_TRY(auto objects, co_await lake.store.list(prefix));
    LogListing listing = sort_out(objects, prefix.size());
    CO_TRY_STATUS(co_await load_checkpoint(lake, listing, wanted, state));
    if (!state.exists() && listing.first_commit > 0)
        co_return fail(
            Errc::unsupported,
            fmt::format("table {}: its log begins at version {}, and no classic "
                        "checkpoint (<version>.checkpoint.parquet) tells what came before",
                        table, listing.first_commit));
    co_return listing.last_commit;
}

Status apply_entry(const std::string& table, std::int64_t version,
                   std::vector<delta::Action> actions, LogState& state) {
    auto applied = state.apply(version, std::move(actions));
    if (applied) return {};
    return with_context(std::move(applied).error(), log_key(table, delta::commit_name(version)));
}

}  // namespace

std::string log_key(const std::string& table, const std::string& name) {
    return fmt::format("{}/{}/{}", table, delta::kLogFolder, name);
}

Task<Result<std::vector<delta::Action>>> read_entry(const LakeContext& lake, std::string table,
                                                    std::int64_t version) {
    std::string key = log_key(table, delta::commit_name(version));
    CO_TRY(std::string lines, co_await lake.store.get(key, {}));
    auto actions = delta::read_actions(lines);
    if (!actions) co_return with_context(std::move(actions).error(), key);
    co_return actions;
}

Task<Status> catch_up(const LakeContext& lake, std::string table,
                      std::optional<std::int64_t> wanted, LogState& state) {
    std::int64_t listed_end = LogState::kNoVersion;
    if (!state.exists()) {
        CO_TRY(listed_end, co_await load(lake, table, wanted, state));
    }
    while (!wanted || state.version() < *wanted) {
        std::int64_t next = state.version() + 1;
        auto actions = co_await read_entry(lake, table, next);
        bool ended = !actions && actions.error().code == Errc::not_found;
        // To stop at a hole would show an old table as the newest, and let a writer fill the hole.
        if (ended && next <= listed_end)
            co_return fail(Errc::corrupt,
                           fmt::format("table {}: version {} is missing from its log, "
                                       "which goes on to version {}",
                                       table, next, listed_end));
        if (ended) break;
        if (!actions) co_return std::unexpected(std::move(actions).error());
        CO_TRY_STATUS(apply_entry(table, next, std::move(*actions), state));
    }
    co_return Status{};
}

}  // namespace pinflow::lake
