// SPDX-License-Identifier: Apache-2.0
// Parts that several commands share: the batch job and its answers, over a data directory.
#pragma once

#include <string>

#include "app/commands.h"
#include "app/lake_access.h"
#include "batch/ask.h"
#include "batch/batch_run.h"

namespace pinflow::app {

struct BatchOutcome {
    batch::BatchReport report;
    batch::Answers answers;
};

// Cleans the objects of a place (the one that holds topics/) and asks every question; the
// reports go to the data directory. `on_kind` is told of each kind as it is done. `window` is for
// kinds that are loaded by date.
Result<BatchOutcome> run_batch_and_ask(
    const Context& context, LakeAccess& lake, const std::string& objects_at,
    const batch::DateWindow& window, const std::function<void(const batch::KindReport&)>& on_kind);

// Answers and ledger, into the data directory's reports/.
Status write_reports(LakeAccess& lake, const DataDirectory& directory, const BatchOutcome& outcome);

// What the settings allow the batch: half of memory when they say nothing.
SqlSettings engine_settings(const Settings& settings, const DataDirectory& directory);
SqlSettings engine_settings(const Context& context);

// {"pin":233,…}: rows of every table of the lake, from their snapshots now.
Result<std::string> table_rows_json(Lake& lake);

// A result as the user asked for it: a table, CSV, or JSON.
std::string format_rows(const Rows& rows, const std::string& format, bool json);

}  // namespace pinflow::app
