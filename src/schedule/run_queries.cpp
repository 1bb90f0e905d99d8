// SPDX-License-Identifier: Apache-2.0
#include "schedule/run_queries.h"

#include <fmt/format.h>

#include <map>

#include "schedule/run_rows.h"

namespace pinflow::schedule {
namespace {

using sqlite::Database;
using sqlite::Statement;

constexpr const char* kLive = "state IN ('queued', 'running')";

std::string select_runs(std::string_view rest) {
    return fmt::format("SELECT {} FROM runs {}", kRunColumns, rest);
}

Result<std::vector<std::pair<std::int64_t, std::string>>> live_owners(Database& database) {
    TRY(auto rows, database.prepare(fmt::format("SELECT id, owner FROM runs WHERE {}", kLive)));
    std::vector<std::pair<std::int64_t, std::string>> owners;
    while (true) {
        TRY(bool has_row, rows.step());
        if (!has_row) return owners;
        owners.emplace_back(rows.integer(0), rows.bytes(1));
    }
}

Status kill_steps(Database& database, std::int64_t id, Timestamp now_ms) {
    TRY(auto update,
        database.prepare("UPDATE run_steps SET state = 'killed', reason = 'its process ended', "
                         "ended_ms = ?2 WHERE run_id = ?1 AND state IN ('waiting', 'running')"));
    update.bind(1, id);
    update.bind(2, now_ms);
    return update.run();
}

}  // namespace

Result<std::vector<Run>> live_runs(Database& database) {
    TRY(auto rows, database.prepare(select_runs(fmt::format("WHERE {} ORDER BY id", kLive))));
    std::vector<Run> runs;
    while (true) {
        TRY(bool has_row, rows.step());
        if (!has_row) return runs;
        TRY(Run run, read_run(rows));
        runs.push_back(std::move(run));
    }
}

Result<Run> find_run(Database& database, std::int64_t id) {
    TRY(auto rows, database.prepare(select_runs("WHERE id = ?1")));
    rows.bind(1, id);
    TRY(bool has_row, rows.step());
    if (has_row) return read_run(rows);
    return fail(Errc::not_found, fmt::format("there is no run {}; see pinflow run list", id));
}

Result<bool> has_scheduled(Database& database, Timestamp logical_ms) {
    TRY(auto rows, database.prepare("SELECT 1 FROM runs WHERE logical_ms = ?1 AND \"trigger\" = "
                                    "'scheduled' LIMIT 1"));
    rows.bind(1, logical_ms);
    return rows.step();
}

Result<std::optional<std::string>> find_cancel_reason(Database& database, std::int64_t id) {
    TRY(auto rows, database.prepare("SELECT cancel_reason FROM runs WHERE id = ?1"));
    rows.bind(1, id);
    TRY(bool has_row, rows.step());
    if (!has_row || rows.kind(0) == sqlite::ValueKind::null) return std::nullopt;
    return std::string(rows.bytes(0));
}

Result<std::vector<RunStep>> find_steps(Database& database, std::int64_t id) {
    TRY(auto rows, database.prepare(fmt::format(
                       "SELECT {} FROM run_steps WHERE run_id = ?1 ORDER BY position, attempt",
                       kStepColumns)));
    rows.bind(1, id);
    std::vector<RunStep> steps;
    while (true) {
        TRY(bool has_row, rows.step());
        if (!has_row) return steps;
        TRY(RunStep step, read_step(rows));
        steps.push_back(std::move(step));
    }
}

Result<std::vector<RunLogLine>> find_log(Database& database, std::int64_t id) {
    TRY(auto rows, database.prepare("SELECT at_ms, step, attempt, text FROM run_log "
                                    "WHERE run_id = ?1 ORDER BY number"));
    rows.bind(1, id);
    std::vector<RunLogLine> lines;
    while (true) {
        TRY(bool has_row, rows.step());
        if (!has_row) return lines;
        lines.push_back({.at_ms = rows.integer(0),
                         .step = std::string(rows.bytes(1)),
                         .attempt = static_cast<int>(rows.integer(2)),
                         .text = std::string(rows.bytes(3))});
    }
}

Result<std::vector<Run>> mark_killed(Database& database, Owners& owners, Timestamp now_ms) {
    TRY(auto live, live_owners(database));
    std::vector<Run> killed;
    std::map<std::string, bool> seen;  // each owner is looked at once
    for (const auto& [id, owner] : live) {
        auto [at, is_new] = seen.try_emplace(owner, true);
        if (is_new) at->second = owners.is_alive(owner);
        if (at->second) continue;
        TRY(Run run, find_run(database, id));
        run.reason = fmt::format(
            "its process ended without a word while it was {}; run it again "
            "with pinflow run start --date {}",
            name_of(run.state), run.date);
        run.state = RunState::killed;
        run.ended_ms = now_ms;
        TRY_STATUS(update_run(database, run));
        TRY_STATUS(kill_steps(database, id, now_ms));
        killed.push_back(std::move(run));
    }
    return killed;
}

Result<Run> insert_run(Database& database, Run run, const std::string& owner) {
    TRY(auto insert,
        database.prepare("INSERT INTO runs (logical_ms, date, \"trigger\", state, reason, owner, "
                         "queued_ms, started_ms, ended_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, "
                         "?8, ?9) RETURNING id"));
    std::string reason = cut_text(run.reason);
    insert.bind(1, run.logical_ms);
    insert.bind_text(2, run.date);
    insert.bind_text(3, name_of(run.trigger));
    insert.bind_text(4, name_of(run.state));
    insert.bind_text(5, reason);
    insert.bind_text(6, owner);
    insert.bind(7, run.queued_ms);
    insert.bind(8, run.started_ms);
    insert.bind(9, run.ended_ms);
    TRY(bool has_row, insert.step());
    if (!has_row) return fail(Errc::internal, "a run was not given a number");
    run.id = insert.integer(0);
    TRY_STATUS(insert.run());
    return run;
}

Status update_run(Database& database, const Run& run) {
    TRY(auto update,
        database.prepare("UPDATE runs SET state = ?2, reason = ?3, started_ms = ?4, ended_ms = ?5, "
                         "duration_us = ?6, records_read = ?7, records_written = ?8, "
                         "records_quarantined = ?9, records_duplicate = ?10, records_late = ?11 "
                         "WHERE id = ?1"));
    std::string reason = cut_text(run.reason);
    update.bind(1, run.id);
    update.bind_text(2, name_of(run.state));
    update.bind_text(3, reason);
    update.bind(4, run.started_ms);
    update.bind(5, run.ended_ms);
    update.bind(6, run.duration_us);
    bind_ledger(update, 7, run.ledger);
    return update.run();
}

Status put_steps(Database& database, std::int64_t id, const std::vector<RunStep>& steps) {
    if (steps.empty()) return {};
    TRY(auto put, database.prepare(fmt::format(
                      "INSERT OR REPLACE INTO run_steps (run_id, {}) VALUES (?1, ?2, ?3, ?4, ?5, "
                      "?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
                      kStepColumns)));
    for (const RunStep& step : steps) {
        std::string reason = cut_text(step.reason);
        put.bind(1, id);
        put.bind(2, std::int64_t{step.position});
        put.bind(3, std::int64_t{step.attempt});
        put.bind_text(4, step.name);
        put.bind_text(5, name_of(step.state));
        put.bind_text(6, reason);
        put.bind(7, step.started_ms);
        put.bind(8, step.ended_ms);
        put.bind(9, step.duration_us);
        bind_ledger(put, 10, step.ledger);
        TRY_STATUS(put.run());
    }
    return {};
}

Status add_log(Database& database, std::int64_t id, const std::vector<RunLogLine>& log) {
    if (log.empty()) return {};
    TRY(auto count, database.prepare("SELECT coalesce(max(number), 0) FROM run_log "
                                     "WHERE run_id = ?1"));
    count.bind(1, id);
    TRY(bool has_row, count.step());
    std::int64_t number = has_row ? count.integer(0) : 0;
    count.reset();
    TRY(auto insert, database.prepare("INSERT INTO run_log (run_id, number, at_ms, step, attempt, "
                                      "text) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"));
    for (const RunLogLine& line : log) {
        auto last = static_cast<std::int64_t>(kRunLogLinesMax);
        if (number >= last) return {};
        bool is_last = ++number == last;
        std::string text = is_last ? "further lines of this run are not kept" : cut_text(line.text);
        insert.bind(1, id);
        insert.bind(2, number);
        insert.bind(3, line.at_ms);
        insert.bind_text(4, line.step);
        insert.bind(5, std::int64_t{line.attempt});
        insert.bind_text(6, text);
        TRY_STATUS(insert.run());
    }
    return {};
}

Status drop_old_runs(Database& database) {
    TRY(auto rows, database.prepare("SELECT id FROM runs ORDER BY id DESC LIMIT 1 OFFSET ?1"));
    rows.bind(1, static_cast<std::int64_t>(kRunsKeptMax));
    TRY(bool has_row, rows.step());
    if (!has_row) return {};
    std::int64_t last = rows.integer(0);
    rows.reset();
    return database.execute(
        fmt::format("DELETE FROM runs WHERE id <= {0} AND NOT ({1});"
                    "DELETE FROM run_steps WHERE run_id NOT IN (SELECT id FROM runs);"
                    "DELETE FROM run_log WHERE run_id NOT IN (SELECT id FROM runs)",
                    last, kLive));
}

}  // namespace pinflow::schedule
