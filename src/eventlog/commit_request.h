// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "eventlog/partition_log.h"
#include "eventlog/resumption.h"
#include "ports/event_log.h"

namespace pinflow::eventlog {

// One batch on its way into the log.
struct AppendItem {
    std::shared_ptr<PartitionLog> partition;  // null: refused already. Kept alive while topics go
    std::string* batch = nullptr;             // the caller's
    kafka::BatchHeader header;
    Result<Appended> outcome;
};

// What one coroutine asks of the committer. It lies in the coroutine's frame, which sleeps until
// the committer has filled in the outcomes.
struct CommitRequest {
    std::vector<AppendItem> items;
    std::move_only_function<Status()> change;  // or this, between two groups: topics come and go
    Status change_outcome;
    std::uint64_t bytes = 0;  // of all items
    Resumption waiter;
};

}  // namespace pinflow::eventlog
