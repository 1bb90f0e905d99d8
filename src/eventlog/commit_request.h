// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "base/resumption.h"
#include "eventlog/group_builder.h"
#include "eventlog/partition_log.h"
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
    std::optional<KeyMark> key;  // all items or none, and once

    // Or this, between two groups. `prepare` checks, and says what the journal shall have (or
    // nothing); it may fail without effect. `apply` runs when that is durable.
    std::move_only_function<Status(GroupBuilder&)> prepare;
    std::move_only_function<Status()> apply;
    Status change_outcome;

    std::uint64_t bytes = 0;  // of all items
    Resumption waiter;

    bool is_change() const { return static_cast<bool>(prepare); }
};

}  // namespace pinflow::eventlog
