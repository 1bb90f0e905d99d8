// SPDX-License-Identifier: Apache-2.0
#include "lake/delta_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/crash_point.h"
#include "base/hash.h"
#include "codec/delta/names.h"
#include "codec/delta/statistics.h"
#include "lake/commit_plans.h"
#include "lake/log_reader.h"

namespace pinflow::lake {
namespace {

constexpr std::int64_t kHistoryMax = 1'000;  // entries shown, the newest

std::string statistics_of(const ParquetFile& file) {
    delta::FileStatistics statistics{.row_count = file.row_count, .columns = {}};
    for (const ColumnStats& column : file.stats)
        statistics.columns.push_back(
            {column.column, column.null_count, column.min_json, column.max_json});
    return delta::write_statistics(statistics);
}

// "part-00003-<uuid>-c000.zstd.parquet": the form of Spark's names, which some tools look for.
std::string data_file_name(std::size_t number) {
    return fmt::format("part-{:05}-{}-c000.zstd.parquet", number, random_uuid());
}

bool is_elsewhere(const std::string& path) {
    return path.starts_with('/') || path.contains("://");  // a shallow clone's file
}

TableEvent event_of(std::int64_t version, const std::vector<delta::Action>& actions) {
    TableEvent event{.version = version, .operation = "unknown"};
    for (const delta::Action& action : actions) {
        if (const auto* info = std::get_if<delta::CommitInfo>(&action)) {
            event.time_ms = info->time_ms;
            event.operation = info->operation;
        } else if (const auto* add = std::get_if<delta::AddFile>(&action)) {
            ++event.files_added;
            event.rows_added += delta::row_count_of(add->stats).value_or(0);
        } else if (std::holds_alternative<delta::RemoveFile>(action)) {
            ++event.files_removed;
        }
    }
    return event;
}

// Files that no entry names for certain may go; after an unknown outcome they must stay.
bool is_unnamed(const Result<TableCommit>& committed) {
    return committed ? committed->is_repeat : committed.error().code == Errc::conflict;
}

Status check_schemas(const Schema& schema, const std::vector<TableFile>& files) {
    for (const TableFile& file : files)
        if (file.parquet.schema != schema)
            return fail(Errc::invalid_argument,
                        fmt::format("{}: its columns are not the table's", file.parquet.path));
    return {};
}

}  // namespace

LogState DeltaTable::take_state() {
    std::lock_guard lock(mutex_);
    return std::exchange(state_, std::nullopt).value_or(LogState{});
}

void DeltaTable::give_state(LogState state) {
    std::lock_guard lock(mutex_);
    if (!state_ || state_->version() < state.version()) state_ = std::move(state);
}

std::unexpected<Error> DeltaTable::no_table() const {
    return fail(Errc::not_found, fmt::format("there is no table {}", name_));
}

Task<Result<LogState>> DeltaTable::current_state() {
    LogState state = take_state();
    CO_TRY_STATUS(co_await catch_up(lake_, name_, std::nullopt, state));
    co_return state;
}

Task<Result<TableSnapshot>> DeltaTable::read(std::optional<std::int64_t> version) {
    CO_TRY(TableSnapshot snapshot, co_await look(version));
    CO_TRY_STATUS(fetch_files(snapshot));
    co_return snapshot;
}

Task<Result<TableSnapshot>> DeltaTable::look(std::optional<std::int64_t> version) {
    LogState state = take_state();
    if (version && state.version() > *version) {
        give_state(std::move(state));  // what is newer is no way to what is older
        state = LogState{};
    }
    CO_TRY_STATUS(co_await catch_up(lake_, name_, version, state));
    if (!state.exists()) co_return no_table();
    if (version && state.version() != *version)
        co_return fail(Errc::not_found, fmt::format("table {} has no version {}: its newest is {}",
                                                    name_, *version, state.version()));
    auto snapshot = co_await snapshot_of(state);
    give_state(std::move(state));
    co_return snapshot;
}

Task<Result<TableSnapshot>> DeltaTable::snapshot_of(LogState& state) {
    auto readable = state.check_readable();
    if (!readable) co_return with_context(std::move(readable).error(), "table " + name_);
    TableSnapshot snapshot{.version = state.version(), .schema = state.schema()};
    snapshot.files.reserve(state.files().size());
    for (auto& [sequence, file] : state.files()) {
        if (is_elsewhere(file.add.path))
            co_return fail(
                Errc::unsupported,
                fmt::format("table {}: file {} lies outside the table", name_, file.add.path));
        std::string key = name_ + "/" + file.add.path;
        if (file.local_path.empty()) file.local_path = lake_.store.local_path(key).value_or("");
        snapshot.files.push_back({.key = std::move(key),
                                  .local_path = file.local_path,
                                  .bytes = file.add.bytes,
                                  .row_count = file.row_count,
                                  .tags = file.add.tags});
    }
    for (const auto& [app_id, transaction] : state.transactions())
        snapshot.batches[app_id] = transaction.version;
    snapshot.properties = state.meta_data().configuration;
    co_return snapshot;
}

Status DeltaTable::fetch_files(TableSnapshot& snapshot) {
    std::vector<Wanted> wanted;
    std::vector<DataFile*> files;
    for (DataFile& file : snapshot.files) {
        if (!file.local_path.empty()) continue;
        wanted.push_back({file.key, file.bytes});
        files.push_back(&file);
    }
    TRY(std::vector<std::string> paths, lake_.copies->paths_of(wanted));
    for (std::size_t i = 0; i < paths.size(); ++i) files[i]->local_path = std::move(paths[i]);
    return {};
}

Task<Status> DeltaTable::ensure(Schema schema) {
    CO_TRY(LogState state, co_await current_state());
    auto plan = [&](const LogState& now) { return plan_create(now, schema, lake_.clock.now_ms()); };
    auto committed = co_await commit(lake_, name_, plan, state);
    if (!committed) co_return with_context(std::move(committed).error(), "table " + name_);
    give_state(std::move(state));
    co_return Status{};
}

// Uploads what has rows, so that the commit names only durable objects.
Task<Result<std::vector<delta::AddFile>>> DeltaTable::put_files(std::vector<TableFile> files) {
    std::vector<delta::AddFile> adds;
    for (const TableFile& file : files) {
        if (file.parquet.row_count > 0) {
            delta::AddFile add{.path = data_file_name(adds.size()),
                               .bytes = file.parquet.bytes,
                               .modified_ms = lake_.clock.now_ms(),
                               .stats = statistics_of(file.parquet),
                               .tags = file.tags};
            std::string key = name_ + "/" + add.path;
            CO_TRY_STATUS(co_await lake_.store.put_file(key, file.parquet.path, PutIf::absent));
            lake_.copies->adopt({std::move(key), add.bytes}, file.parquet.path);
            adds.push_back(std::move(add));
        }
        lake_.discard_staged(file.parquet.path);
    }
    co_return adds;
}

Task<void> DeltaTable::remove_files(std::vector<delta::AddFile> adds) {
    for (const delta::AddFile& add : adds)
        (void)co_await lake_.store.remove(name_ + "/" + add.path);
}

Task<Result<TableCommit>> DeltaTable::append(std::vector<TableFile> files, BatchId batch) {
    CO_TRY(LogState state, co_await current_state());
    if (!state.exists()) co_return no_table();
    // Asked first without any file: a repeat or a refusal should upload nothing.
    CO_TRY_STATUS(check_schemas(state.schema(), files));
    CO_TRY(CommitPlan first, plan_append(state, batch, {}, 0));
    if (const auto* done = std::get_if<TableCommit>(&first)) {
        for (const TableFile& file : files) lake_.discard_staged(file.parquet.path);
        give_state(std::move(state));
        co_return *done;
    }
    CO_TRY(auto adds, co_await put_files(std::move(files)));
    const Schema schema = state.schema();
    auto plan = [&](const LogState& now) -> Result<CommitPlan> {
        if (now.schema() != schema)
            return fail(Errc::conflict, "another writer changed its schema meanwhile");
        return plan_append(now, batch, adds, lake_.clock.now_ms());
    };
    auto committed = co_await commit(lake_, name_, plan, state);
    if (is_unnamed(committed)) co_await remove_files(adds);
    if (!committed) co_return with_context(std::move(committed).error(), "table " + name_);
    give_state(std::move(state));
    co_return committed;
}

Task<Result<TableCommit>> DeltaTable::replace(Schema schema, std::vector<TableFile> files) {
    co_return co_await change({.removes = TableChange::Removes::everything,
                               .tag = {},
                               .schema = std::move(schema),
                               .files = std::move(files),
                               .batch = {},
                               .properties = {}});
}

Task<Result<TableCommit>> DeltaTable::change(TableChange change) {
    CO_TRY_STATUS(check_schemas(change.schema, change.files));
    CO_TRY(LogState state, co_await current_state());
    // Asked first without any file: a repeat or a refusal should upload nothing.
    auto first = plan_change(state, change, {}, 0);
    if (!first) co_return with_context(std::move(first).error(), "table " + name_);
    if (const auto* done = std::get_if<TableCommit>(&*first)) {
        for (const TableFile& file : change.files) lake_.discard_staged(file.parquet.path);
        give_state(std::move(state));
        co_return *done;
    }
    CO_TRY(auto adds, co_await put_files(std::move(change.files)));
    crash_point("lake.files_put");
    auto plan = [&](const LogState& now) {
        return plan_change(now, change, adds, lake_.clock.now_ms());
    };
    auto committed = co_await commit(lake_, name_, plan, state);
    if (is_unnamed(committed)) co_await remove_files(adds);
    if (!committed) co_return with_context(std::move(committed).error(), "table " + name_);
    give_state(std::move(state));
    co_return committed;
}

Task<Result<std::vector<TableEvent>>> DeltaTable::history() {
    CO_TRY(LogState state, co_await current_state());
    if (!state.exists()) co_return no_table();
    std::vector<TableEvent> events;
    std::int64_t oldest = std::max<std::int64_t>(0, state.version() - kHistoryMax + 1);
    for (std::int64_t version = state.version(); version >= oldest; --version) {
        auto actions = co_await read_entry(lake_, name_, version);
        if (!actions && actions.error().code == Errc::not_found) break;  // cleaned away
        if (!actions) co_return std::unexpected(std::move(actions).error());
        events.push_back(event_of(version, *actions));
    }
    give_state(std::move(state));
    co_return events;
}

}  // namespace pinflow::lake
