// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "eventlog/commit_request.h"

namespace pinflow::eventlog {

struct GroupResult {
    Status status;
    bool is_final =
        false;  // the files are no longer known to hold what we think: take nothing more
};

// Makes a group durable: offsets for all, one write a partition, one sync a file touched; then, and
// only then, readers see it and the outcomes are filled in. All of it or nothing is published.
// Items without a partition are passed over.
GroupResult commit_group(std::span<CommitRequest* const> group, Durability durability,
                         Timestamp now_ms);

}  // namespace pinflow::eventlog
