// SPDX-License-Identifier: Apache-2.0
// What each operation on a table would commit to it, as it is at that moment.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lake/committer.h"
#include "lake/log_state.h"
#include "ports/table.h"

namespace pinflow::lake {

// Creates the table. Nothing if it is there with this schema; conflict if with another.
Result<CommitPlan> plan_create(const LogState& state, const Schema& schema, std::int64_t now_ms);

// Adds the files. Nothing if the batch was committed before.
Result<CommitPlan> plan_append(const LogState& state, const BatchId& batch,
                               const std::vector<delta::AddFile>& files, std::int64_t now_ms);

// What `change` says, with its files as they were put; creates the table if it is absent. Nothing
// if its batch was committed before.
Result<CommitPlan> plan_change(const LogState& state, const TableChange& change,
                               const std::vector<delta::AddFile>& files, std::int64_t now_ms);

}  // namespace pinflow::lake
