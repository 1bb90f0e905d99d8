// SPDX-License-Identifier: Apache-2.0
#include "lake/commit_plans.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "base/hash.h"
#include "codec/delta/schema_json.h"
#include "codec/delta/statistics.h"

namespace pinflow::lake {
namespace {

using delta::Action;

delta::MetaData new_meta_data(const Schema& schema, std::int64_t now_ms) {
    return {.id = random_uuid(), .schema = delta::write_schema(schema), .created_time_ms = now_ms};
}

delta::CommitInfo write_info(const std::string& mode, const std::vector<delta::AddFile>& files) {
    std::int64_t rows = 0;
    std::uint64_t bytes = 0;
    for (const delta::AddFile& file : files) {
        rows += delta::row_count_of(file.stats).value_or(0);
        bytes += file.bytes;
    }
    return {.operation = "WRITE",
            .parameters = {{"mode", mode}, {"partitionBy", "[]"}},
            .metrics = {{"numFiles", std::to_string(files.size())},
                        {"numOutputRows", std::to_string(rows)},
                        {"numOutputBytes", std::to_string(bytes)}}};
}

// The table's metadata as the change leaves it; nothing if it need not be told again.
std::optional<delta::MetaData> meta_data_after(const LogState& state, const TableChange& change,
                                               std::int64_t now_ms) {
    delta::MetaData meta =
        state.exists() ? state.meta_data() : new_meta_data(change.schema, now_ms);
    // Its own text of the same schema stays as it is.
    if (state.exists() && state.schema() != change.schema)
        meta.schema = delta::write_schema(change.schema);
    for (const auto& [name, value] : change.properties) {
        if (value.empty()) meta.configuration.erase(name);
        else meta.configuration[name] = value;
    }
    if (state.exists() && meta == state.meta_data()) return std::nullopt;
    return meta;
}

bool is_removed(const TableChange& change, const delta::AddFile& file) {
    if (change.removes != TableChange::Removes::tagged)
        return change.removes == TableChange::Removes::everything;
    auto tag = file.tags.find(change.tag.first);
    return tag != file.tags.end() && tag->second == change.tag.second;
}

std::vector<Action> removes_of(const LogState& state, const TableChange& change,
                               std::int64_t now_ms) {
    std::vector<Action> removes;
    for (const auto& [sequence, file] : state.files())
        if (is_removed(change, file.add))
            removes.emplace_back(delta::RemoveFile{
                .path = file.add.path, .deleted_ms = now_ms, .bytes = file.add.bytes});
    return removes;
}

}  // namespace

Result<CommitPlan> plan_create(const LogState& state, const Schema& schema, std::int64_t now_ms) {
    if (!state.exists())
        return std::vector<Action>{delta::CommitInfo{.operation = "CREATE TABLE"},
                                   delta::Protocol{}, new_meta_data(schema, now_ms)};
    TRY_STATUS(state.check_readable());
    if (state.schema() != schema)
        return fail(Errc::conflict, "it is there already, with another schema");
    return TableCommit{.version = state.version()};
}

Result<CommitPlan> plan_append(const LogState& state, const BatchId& batch,
                               const std::vector<delta::AddFile>& files, std::int64_t now_ms) {
    TRY_STATUS(state.check_writable());
    if (auto last = state.last_batch(batch.app_id); last && *last >= batch.number)
        return TableCommit{.version = state.version(), .is_repeat = true};
    std::vector<Action> actions{
        write_info("Append", files),
        delta::Transaction{.app_id = batch.app_id, .version = batch.number, .updated_ms = now_ms}};
    actions.insert(actions.end(), files.begin(), files.end());
    return actions;
}

Result<CommitPlan> plan_change(const LogState& state, const TableChange& change,
                               const std::vector<delta::AddFile>& files, std::int64_t now_ms) {
    bool appends = change.removes == TableChange::Removes::nothing;
    std::vector<Action> actions{write_info(appends ? "Append" : "Overwrite", files)};
    if (state.exists()) {
        TRY_STATUS(state.check_writable());
        if (change.batch && state.last_batch(change.batch->app_id) >= change.batch->number)
            return TableCommit{.version = state.version(), .is_repeat = true};
        if (!appends && state.is_append_only())
            return fail(Errc::unsupported, "it is append-only (delta.appendOnly = true)");
    } else {
        actions.emplace_back(delta::Protocol{});
    }
    std::vector<Action> removes = removes_of(state, change, now_ms);
    if (state.exists() && state.schema() != change.schema && removes.size() < state.files().size())
        return fail(Errc::conflict, "rows of another schema stay in it: replace all of them");
    if (auto meta = meta_data_after(state, change, now_ms)) actions.emplace_back(*std::move(meta));
    if (change.batch)
        actions.emplace_back(delta::Transaction{
            .app_id = change.batch->app_id, .version = change.batch->number, .updated_ms = now_ms});
    actions.insert(actions.end(), removes.begin(), removes.end());
    actions.insert(actions.end(), files.begin(), files.end());
    return actions;
}

}  // namespace pinflow::lake
