// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "eventlog/space.h"
#include "record/record.h"

namespace pinflow::eventlog {

// From which offset on a reader of ours still needs a partition; nothing if it does not read it. A
// reader that has yet to begin says 0. Any thread; must not wait for the log.
using Hold = std::function<std::optional<Offset>(Space space, const TopicPartition& partition)>;
using Holds = std::vector<Hold>;

}  // namespace pinflow::eventlog
