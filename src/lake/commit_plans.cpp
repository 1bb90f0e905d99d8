// SPDX-License-Identifier: Apache-2.0
#include "lake/commit_plans.h"

#include <fmt/format.h>

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

Result<CommitPlan> plan_replace(const LogState& state, const Schema& schema,
                                const std::vector<delta::AddFile>& files, std::int64_t now_ms) {
    std::vector<Action> actions{write_info("Overwrite", files)};
    if (!state.exists()) {
        actions.emplace_back(delta::Protocol{});
        actions.emplace_back(new_meta_data(schema, now_ms));
    } else {
        TRY_STATUS(state.check_writable());
        if (state.is_append_only())
            return fail(Errc::unsupported, "it is append-only (delta.appendOnly = true)");
        if (state.schema() != schema) {
            delta::MetaData meta = state.meta_data();  // the same table, so the same id
            meta.schema = delta::write_schema(schema);
            actions.emplace_back(std::move(meta));
        }
        for (const auto& [sequence, file] : state.files())
            actions.emplace_back(delta::RemoveFile{
                .path = file.add.path, .deleted_ms = now_ms, .bytes = file.add.bytes});
    }
    actions.insert(actions.end(), files.begin(), files.end());
    return actions;
}

}  // namespace pinflow::lake
