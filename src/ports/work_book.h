// SPDX-License-Identifier: Apache-2.0
// Small durable records of the stations: intents, ranges, ledgers. Twin: sqlite/.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/task.h"

namespace pinflow {

struct WorkChange {
    std::string key;                   // "sink/u.pin/0"
    std::optional<std::string> value;  // nothing removes the key
};

// Any reactor; served by one thread that groups commits.
class WorkBook {
public:
    virtual ~WorkBook() = default;

    virtual Task<Result<std::optional<std::string>>> get(std::string key) = 0;

    // All (key, value) whose key begins with `prefix`, by key.
    virtual Task<Result<std::vector<std::pair<std::string, std::string>>>> list(
        std::string prefix) = 0;

    // All changes or none, durable when it completes.
    virtual Task<Status> commit(std::vector<WorkChange> changes) = 0;
};

}  // namespace pinflow
