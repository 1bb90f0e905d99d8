// SPDX-License-Identifier: Apache-2.0
// Reads a table's log from the object store.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/task.h"
#include "lake/lake_context.h"
#include "lake/log_state.h"

namespace pinflow::lake {

std::string log_key(const std::string& table, const std::string& name);

// One entry's actions. not_found if there is no such version; corrupt, with the key, if it is
// broken.
Task<Result<std::vector<delta::Action>>> read_entry(const LakeContext& lake, std::string table,
                                                    std::int64_t version);

// Brings a state forward: to `wanted`, or to the newest version. A state of no version is loaded
// from the newest checkpoint that is not too new, which takes one listing; any other reads nothing
// but the entries it has not seen. On an error the state is no longer to be used.
// Afterwards the state may still say that the table does not exist, or be short of `wanted`.
// The caller keeps `lake` and `state` alive.
Task<Status> catch_up(const LakeContext& lake, std::string table,
                      std::optional<std::int64_t> wanted, LogState& state);

}  // namespace pinflow::lake
