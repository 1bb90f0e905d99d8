// SPDX-License-Identifier: Apache-2.0
// Classic (V1) checkpoints: the state of a log at one version as one Parquet file, so that readers
// need not replay the log from its beginning.
#pragma once

#include <string>
#include <vector>

#include "base/task.h"
#include "lake/lake_context.h"
#include "lake/log_state.h"

namespace pinflow::lake {

// Some 17,000 commits a day at five a second: one checkpoint in a hundred costs O(files) each.
inline constexpr std::int64_t kCommitsPerCheckpoint = 100;

// All parts of one checkpoint, written by anybody. The caller keeps `lake` alive.
Task<Result<std::vector<delta::Action>>> read_checkpoint(const LakeContext& lake,
                                                         std::vector<std::string> keys);

// Writes the state's checkpoint, then `_last_checkpoint`. The caller keeps both arguments alive.
Task<Status> write_checkpoint(const LakeContext& lake, std::string table, const LogState& state);

}  // namespace pinflow::lake
