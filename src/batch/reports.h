// SPDX-License-Identifier: Apache-2.0
// What a run leaves for people and programs to read.
#pragma once

#include <string>

#include "base/result.h"
#include "base/task.h"
#include "batch/ask.h"
#include "batch/batch_run.h"
#include "ports/object_store.h"

namespace pinflow::batch {

// {"q4_…":[{…},…],…}: one row a line, keys in column order, questions in the pipeline's order.
std::string answers_json(const Answers& answers);

// The rows alone: [{…},…].
std::string rows_json(const Rows& rows);

// The ledger of each kind and the total, with the quarantine's reasons and the ignored objects.
std::string ledger_json(const BatchReport& report);

// <prefix>answers.json, <prefix><question>.csv and <prefix>ledger.json; each replaced whole.
// What is named must outlive the call.
Task<Status> write_answers(ObjectStore& reports, std::string prefix, const Answers& answers);
Task<Status> write_ledger(ObjectStore& reports, std::string prefix, const BatchReport& report);

}  // namespace pinflow::batch
