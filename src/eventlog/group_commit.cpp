// SPDX-License-Identifier: Apache-2.0
#include "eventlog/group_commit.h"

#include <fmt/format.h>

namespace pinflow::eventlog {
namespace {

class Group {
public:
    explicit Group(std::span<CommitRequest* const> requests) : requests_(requests) {}

    void stage(Timestamp now_ms) {
        for (CommitRequest* request : requests_) {
            for (AppendItem& item : request->items) {
                if (item.partition) stage_item(item, now_ms);
            }
        }
    }

    Status write() {
        for (PartitionLog* partition : touched_) {
            if (auto written = partition->write_staged(); !written) {
                return with_context(written.error(), partition->label());
            }
        }
        return {};
    }

    Status sync() {
        for (PartitionLog* partition : touched_) {
            if (auto synced = partition->sync_staged(); !synced) {
                return with_context(synced.error(), partition->label());
            }
        }
        return {};
    }

    void publish() {
        for (PartitionLog* partition : touched_) partition->publish_staged();
    }

    Status take_back() {
        for (PartitionLog* partition : touched_) TRY_STATUS(partition->unstage());
        return {};
    }

private:
    void stage_item(AppendItem& item, Timestamp now_ms) {
        if (item.partition->is_retired()) {
            item.outcome = fail(Errc::not_found,
                                fmt::format("{} was removed meanwhile", item.partition->label()));
            return;
        }
        if (!item.partition->has_staged()) touched_.push_back(item.partition.get());
        item.outcome = Appended{.base_offset = item.partition->stage(*item.batch, item.header),
                                .append_time_ms = now_ms};
    }

    std::span<CommitRequest* const> requests_;
    std::vector<PartitionLog*> touched_;
};

}  // namespace

GroupResult commit_group(std::span<CommitRequest* const> requests, Durability durability,
                         Timestamp now_ms) {
    Group group(requests);
    group.stage(now_ms);
    Status done = group.write();
    if (!done && done.error().code == Errc::no_space && group.take_back()) {
        return {.status = std::move(done)};  // nothing of it was synced, and nothing of it is left
    }
    if (done && durability == Durability::fsync) done = group.sync();
    if (!done) return {.status = std::move(done), .is_final = true};
    group.publish();
    return {};
}

}  // namespace pinflow::eventlog
