// SPDX-License-Identifier: Apache-2.0
#include "lake/checkpoint.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "base/text.h"
#include "codec/delta/names.h"
#include "lake/log_reader.h"

namespace pinflow::lake {
namespace {

// The engine turns a line of the log into the columns of a checkpoint: the protocol, "Checkpoint
// schema". A line fills one of them, the others are null.
constexpr std::string_view kSelectColumns = R"sql(
SELECT
  from_json(line->'$.txn', '{"appId": "VARCHAR", "version": "BIGINT",
    "lastUpdated": "BIGINT"}') AS txn,
  from_json(line->'$.add', '{"path": "VARCHAR", "partitionValues": "MAP(VARCHAR, VARCHAR)",
    "size": "BIGINT", "modificationTime": "BIGINT", "dataChange": "BOOLEAN", "stats": "VARCHAR",
    "tags": "MAP(VARCHAR, VARCHAR)"}') AS add,
  from_json(line->'$.remove', '{"path": "VARCHAR", "deletionTimestamp": "BIGINT",
    "dataChange": "BOOLEAN", "extendedFileMetadata": "BOOLEAN",
    "partitionValues": "MAP(VARCHAR, VARCHAR)", "size": "BIGINT"}') AS remove,
  from_json(line->'$.metaData', '{"id": "VARCHAR",
    "format": {"provider": "VARCHAR", "options": "MAP(VARCHAR, VARCHAR)"},
    "schemaString": "VARCHAR", "partitionColumns": ["VARCHAR"],
    "configuration": "MAP(VARCHAR, VARCHAR)", "createdTime": "BIGINT"}') AS "metaData",
  from_json(line->'$.protocol', '{"minReaderVersion": "INTEGER", "minWriterVersion": "INTEGER",
    "readerFeatures": ["VARCHAR"], "writerFeatures": ["VARCHAR"]}') AS protocol
FROM actions)sql";

std::string sql_literal(const std::string& path) {
    std::string literal = "'";
    for (char c : path) literal += c == '\'' ? "''" : std::string(1, c);
    return literal + "'";
}

std::vector<delta::Action> actions_of(const LogState& state, std::int64_t now_ms) {
    std::vector<delta::Action> actions{state.protocol(), state.meta_data()};
    for (const auto& [app_id, transaction] : state.transactions())
        actions.emplace_back(transaction);
    for (const delta::RemoveFile& remove : state.removed())
        if (remove.deleted_ms > now_ms - kRemovedKeptMs) actions.emplace_back(remove);
    for (const auto& [sequence, file] : state.files()) {
        delta::AddFile add = file.add;
        add.data_change = false;  // it changes nothing now: readers of changes pass it over
        actions.emplace_back(std::move(add));
    }
    return actions;
}

// A checkpoint's parts where the engine can read them. A table that is made anew has the names of
// the old one's checkpoints, so no copy outlives its reading.
struct Copies {
    std::vector<std::string> quoted_paths;
    std::vector<std::string> to_remove;

    Copies() = default;
    Copies(Copies&&) noexcept = default;
    Copies& operator=(Copies&&) = delete;
    ~Copies() {
        std::error_code error;
        for (const std::string& path : to_remove) std::filesystem::remove(path, error);
    }

    static Task<Result<Copies>> of(const LakeContext& lake, const std::vector<std::string>& keys) {
        Copies copies;
        for (const std::string& key : keys) {
            auto path = lake.store.local_path(key);
            if (!path) {
                CO_TRY(path, co_await lake.copies->fresh_copy(key));
                copies.to_remove.push_back(*path);
            }
            copies.quoted_paths.push_back(sql_literal(*path));
        }
        co_return std::move(copies);
    }
};

Status write_parquet(const LakeContext& lake, const std::vector<delta::Action>& actions,
                     const std::string& path) {
    TRY(auto session, lake.engine.open_session({.threads = 1}));
    Rows lines(Schema{{"line", ColumnType::text}});
    std::string text = delta::write_actions(actions);
    for (std::string_view line : split(text, '\n'))
        if (!line.empty()) lines.columns[0].push_text(line);
    TRY_STATUS(session->create_table("actions", lines.schema));
    TRY_STATUS(session->append("actions", lines));
    return session->execute(fmt::format("COPY ({}) TO {} (FORMAT parquet, COMPRESSION zstd)",
                                        kSelectColumns, sql_literal(path)));
}

}  // namespace

Task<Result<std::vector<delta::Action>>> read_checkpoint(const LakeContext& lake,
                                                         std::vector<std::string> keys) {
    CO_TRY(Copies copies, co_await Copies::of(lake, keys));
    CO_TRY(auto session, lake.engine.open_session({.threads = 1}));
    // As JSON a row of a checkpoint is a line of the log again, with nulls for the other actions.
    auto rows = session->query(fmt::format(
        "SELECT CAST(to_json(checkpoint) AS VARCHAR) AS line FROM read_parquet([{}]) checkpoint",
        join(copies.quoted_paths, ", ")));
    if (!rows) co_return with_context(std::move(rows).error(), keys.front());
    std::string lines;
    for (std::size_t row = 0; row < rows->count(); ++row) {
        lines += rows->columns[0].text(row);
        lines.push_back('\n');
    }
    auto actions = delta::read_actions(lines);
    if (!actions) co_return with_context(std::move(actions).error(), keys.front());
    co_return actions;
}

Task<Status> write_checkpoint(const LakeContext& lake, std::string table, const LogState& state) {
    std::vector<delta::Action> actions = actions_of(state, lake.clock.now_ms());
    std::string path = lake.fresh_staging_path();
    auto written = write_parquet(lake, actions, path);
    if (written)
        written = co_await lake.store.put_file(
            log_key(table, delta::checkpoint_name(state.version())), path, PutIf::always);
    lake.discard_staged(path);
    CO_TRY_STATUS(std::move(written));
    delta::LastCheckpoint last{.version = state.version(),
                               .action_count = static_cast<std::int64_t>(actions.size())};
    co_return co_await lake.store.put(log_key(table, std::string(delta::kLastCheckpointName)),
                                      delta::write_last_checkpoint(last), PutIf::always);
}

}  // namespace pinflow::lake
