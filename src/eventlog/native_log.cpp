// SPDX-License-Identifier: Apache-2.0
#include "eventlog/native_log.h"

#include "eventlog/keeper.h"
#include "eventlog/log_space.h"
#include "eventlog/native_streams.h"

namespace pinflow::eventlog {

std::string_view name_of(Durability durability) {
    switch (durability) {
        case Durability::fsync: return "fsync";
        case Durability::os: return "os";
        case Durability::memory: return "memory";
    }
    return "unknown";
}

NativeLog::NativeLog(std::unique_ptr<LogStore> store, Clock& clock)
    : store_(std::move(store)),
      topics_(std::make_unique<LogSpace>(*store_, Space::topics)),
      shards_(std::make_unique<LogSpace>(*store_, Space::streams)),
      streams_(std::make_unique<NativeStreams>(*shards_, clock)) {}

NativeLog::~NativeLog() = default;

Result<std::unique_ptr<NativeLog>> NativeLog::open(Files& files, Clock& clock,
                                                   NativeLogSettings settings) {
    TRY(auto store, LogStore::open(files, clock, std::move(settings)));
    return std::unique_ptr<NativeLog>(new NativeLog(std::move(store), clock));
}

Durability NativeLog::durability() const { return store_->settings().durability; }
LogHealth NativeLog::health() const { return store_->committer().health(); }
LogCounts NativeLog::counts() const { return store_->committer().counts(); }
Status NativeLog::checkpoint() { return store_->keeper().checkpoint(); }
Status NativeLog::enforce_retention() { return store_->keeper().enforce_retention(); }
void NativeLog::set_holds(Holds holds) { store_->keeper().set_holds(std::move(holds)); }
ScrubReport NativeLog::scrub_report() const { return store_->keeper().scrub_report(); }

Status NativeLog::advance_log_start(Space space, const TopicPartition& partition, Offset offset) {
    TRY(auto log, store_->find(space, partition));
    return store_->keeper().advance_log_start({{log, offset}});
}

Status NativeLog::close() { return store_->close(); }

}  // namespace pinflow::eventlog
