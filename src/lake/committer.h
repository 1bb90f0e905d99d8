// SPDX-License-Identifier: Apache-2.0
// One commit: the next entry of a table's log, put there only if nobody else has.
#pragma once

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "base/task.h"
#include "lake/lake_context.h"
#include "lake/log_state.h"
#include "ports/table.h"

namespace pinflow::lake {

// What a commit would do to the table as it is: actions, led by their commitInfo, whose time and
// transaction id are filled in here; or nothing, because it is done already.
using CommitPlan = std::variant<std::vector<delta::Action>, TableCommit>;
using PlanCommit = std::function<Result<CommitPlan>(const LogState&)>;

inline constexpr int kCommitTriesMax = 16;

// Plans on the state, puts the entry, and on a conflict reads what others wrote and plans again.
// An answer that got lost is told from a conflict by the transaction id in the entry. conflict when
// others were quicker kCommitTriesMax times. On any other error of the store the outcome is
// unknown: a commit that can be repeated (append, by its batch) should be. The state is brought up
// to the commit. The caller keeps `lake` and `state` alive.
Task<Result<TableCommit>> commit(const LakeContext& lake, std::string table, PlanCommit plan,
                                 LogState& state);

}  // namespace pinflow::lake
