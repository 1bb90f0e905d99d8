// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "eventlog/commit_request.h"
#include "eventlog/journal.h"

namespace pinflow::eventlog {

struct GroupResult {
    Status status;
    bool is_stored = false;  // the journal has more than before
    bool is_final = false;   // the files are no longer known to hold what we think
};

struct GroupPorts {
    Journal* journal = nullptr;  // none under durability memory
    KeyTable& keys;
    Durability durability;
};

// Makes a group durable: room for all, offsets, one write into the journal, one a partition through
// the page cache, one sync of the journal; then, and only then, readers see it and the outcomes are
// filled in. Items without a partition are passed over. What is refused by itself (no room for its
// partition, a producer's gap) has its own outcome; all else is published, or nothing.
GroupResult commit_group(const GroupPorts& ports, std::span<CommitRequest* const> group,
                         Timestamp now_ms);

// The same for a change of topics, in its place between two groups.
GroupResult commit_change(const GroupPorts& ports, CommitRequest& request, Timestamp now_ms);

}  // namespace pinflow::eventlog
