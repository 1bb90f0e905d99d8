// SPDX-License-Identifier: Apache-2.0
#include "eventlog/native_log.h"

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
Status NativeLog::close() { return store_->close(); }

}  // namespace pinflow::eventlog
