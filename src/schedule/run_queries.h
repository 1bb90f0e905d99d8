// SPDX-License-Identifier: Apache-2.0
// What the run book's transactions are made of. The SQLite thread's; inside its transaction.
#pragma once

#include <optional>
#include <vector>

#include "ports/run_book.h"
#include "schedule/owners.h"
#include "sqlite/database.h"

namespace pinflow::schedule {

Result<std::vector<Run>> live_runs(sqlite::Database& database);     // the oldest first
Result<Run> find_run(sqlite::Database& database, std::int64_t id);  // not_found
Result<bool> has_scheduled(sqlite::Database& database, Timestamp logical_ms);
Result<std::optional<std::string>> find_cancel_reason(sqlite::Database& database, std::int64_t id);
Result<std::vector<RunStep>> find_steps(sqlite::Database& database, std::int64_t id);
Result<std::vector<RunLogLine>> find_log(sqlite::Database& database, std::int64_t id);

// The live runs whose owner is not, marked `killed`.
Result<std::vector<Run>> mark_killed(sqlite::Database& database, Owners& owners, Timestamp now_ms);

// With its number.
Result<Run> insert_run(sqlite::Database& database, Run run, const std::string& owner);
Status update_run(sqlite::Database& database, const Run& run);  // state, reason, times, ledger
Status put_steps(sqlite::Database& database, std::int64_t id, const std::vector<RunStep>& steps);
Status add_log(sqlite::Database& database, std::int64_t id, const std::vector<RunLogLine>& log);
Status drop_old_runs(sqlite::Database& database);  // past kRunsKeptMax

}  // namespace pinflow::schedule
