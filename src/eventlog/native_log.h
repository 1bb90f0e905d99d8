// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "eventlog/committer.h"
#include "eventlog/holds.h"
#include "eventlog/scrub_report.h"
#include "eventlog/settings.h"
#include "ports/clock.h"
#include "ports/event_log.h"
#include "ports/files.h"
#include "ports/shard_stream.h"

namespace pinflow::eventlog {

class LogStore;

// The event log on this machine's disk: Kafka topics and Kinesis streams over one committer.
// To end: close(), then stop the reactors whose Tasks use it, then destroy it.
class NativeLog final {
public:
    // Makes or recovers the log. busy: another process has the directory. corrupt: stored bytes do
    // not check where no crash explains it; the text names file and byte.
    static Result<std::unique_ptr<NativeLog>> open(Files& files, Clock& clock,
                                                   NativeLogSettings settings);
    ~NativeLog();  // closes
    NativeLog(const NativeLog&) = delete;
    NativeLog& operator=(const NativeLog&) = delete;

    EventLog& topics() { return *topics_; }
    ShardStream& streams() { return *streams_; }

    // Any thread.
    Durability durability() const;
    LogHealth health() const;
    LogCounts counts() const;

    // Waiting, so not from a reactor. By itself the log does these when it is time:
    Status checkpoint();
    Status enforce_retention();

    // Readers whose need retention respects. It does nothing before this is said.
    void set_holds(Holds holds);

    // Offsets before `offset` are gone from now on; their files too, where whole ones are. Waiting.
    // not_found.
    Status advance_log_start(Space space, const TopicPartition& partition, Offset offset);

    ScrubReport scrub_report() const;

    // Waits for what is under way, refuses what comes, ends waiting reads, and takes a checkpoint.
    // An error is what had failed before, or the checkpoint itself; acknowledged records are safe
    // either way.
    Status close();

private:
    NativeLog(std::unique_ptr<LogStore> store, Clock& clock);

    std::unique_ptr<LogStore> store_;
    std::unique_ptr<EventLog> topics_;
    std::unique_ptr<EventLog> shards_;  // streams as topics, for streams_ only
    std::unique_ptr<ShardStream> streams_;
};

}  // namespace pinflow::eventlog
