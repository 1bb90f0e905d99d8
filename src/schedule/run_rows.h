// SPDX-License-Identifier: Apache-2.0
// The run book's tables (docs/formats/run_book.md) and their rows as values.
#pragma once

#include <string>
#include <string_view>

#include "ports/run_book.h"
#include "sqlite/database.h"

namespace pinflow::schedule {

inline constexpr const char* kRunTables = R"sql(
CREATE TABLE IF NOT EXISTS runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    logical_ms INTEGER NOT NULL, date TEXT NOT NULL, "trigger" TEXT NOT NULL,
    state TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '',
    owner TEXT NOT NULL DEFAULT '', cancel_reason TEXT,
    queued_ms INTEGER NOT NULL, started_ms INTEGER NOT NULL DEFAULT 0,
    ended_ms INTEGER NOT NULL DEFAULT 0, duration_us INTEGER NOT NULL DEFAULT 0,
    records_read INTEGER, records_written INTEGER, records_quarantined INTEGER,
    records_duplicate INTEGER, records_late INTEGER);
CREATE INDEX IF NOT EXISTS runs_live ON runs (id) WHERE state IN ('queued', 'running');
CREATE INDEX IF NOT EXISTS runs_by_time ON runs (logical_ms);
CREATE TABLE IF NOT EXISTS run_steps (
    run_id INTEGER NOT NULL, position INTEGER NOT NULL, attempt INTEGER NOT NULL,
    name TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL,
    started_ms INTEGER NOT NULL, ended_ms INTEGER NOT NULL, duration_us INTEGER NOT NULL,
    records_read INTEGER, records_written INTEGER, records_quarantined INTEGER,
    records_duplicate INTEGER, records_late INTEGER,
    PRIMARY KEY (run_id, position, attempt)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS run_log (
    run_id INTEGER NOT NULL, number INTEGER NOT NULL, at_ms INTEGER NOT NULL,
    step TEXT NOT NULL, attempt INTEGER NOT NULL, text TEXT NOT NULL,
    PRIMARY KEY (run_id, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS run_schedules (
    schedule TEXT NOT NULL PRIMARY KEY, decided_ms INTEGER NOT NULL) WITHOUT ROWID;
)sql";

// The order in which read_run and read_step take a row's columns.
inline constexpr const char* kRunColumns =
    "id, logical_ms, date, \"trigger\", state, reason, queued_ms, started_ms, ended_ms, "
    "duration_us, records_read, records_written, records_quarantined, records_duplicate, "
    "records_late";
inline constexpr const char* kStepColumns =
    "position, attempt, name, state, reason, started_ms, ended_ms, duration_us, records_read, "
    "records_written, records_quarantined, records_duplicate, records_late";

// corrupt: a word that is no state or trigger.
Result<Run> read_run(const sqlite::Statement& row);
Result<RunStep> read_step(const sqlite::Statement& row);

// Five parameters from `first`; all null when there is no ledger.
void bind_ledger(sqlite::Statement& statement, int first, const std::optional<Ledger>& ledger);

// At most kRunTextBytesMax, cut between characters.
std::string cut_text(std::string_view text);

}  // namespace pinflow::schedule
