// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <shared_mutex>
#include <unordered_map>

#include "eventlog/catalog.h"
#include "eventlog/clean_stop.h"
#include "eventlog/committer.h"

namespace pinflow::eventlog {

// Everything under the log's directory: the lock on it, the catalog, the partitions, the committer.
class LogStore final {
public:
    // busy: another process has it; corrupt: see PartitionLog::open.
    static Result<std::unique_ptr<LogStore>> open(Files& files, Clock& clock,
                                                  NativeLogSettings settings);
    ~LogStore();  // closes
    LogStore(const LogStore&) = delete;
    LogStore& operator=(const LogStore&) = delete;

    // Finishes what waits, lets waiting readers go, and notes a clean stop. Idempotent.
    Status close();

    const NativeLogSettings& settings() const { return settings_; }
    Committer& committer() { return *committer_; }
    const Committer& committer() const { return *committer_; }

    // Any thread. not_found.
    Result<std::shared_ptr<PartitionLog>> find(Space space, const TopicPartition& partition) const;
    Result<TopicInfo> describe(Space space, const std::string& name) const;
    std::vector<TopicInfo> list(Space space) const;  // by name

    // On the committer's thread only: as a CommitRequest's change.
    Result<TopicInfo> create(Space space, const std::string& name, std::int32_t partitions);
    Status remove(Space space, const std::string& name);

private:
    struct Topic {
        TopicInfo info;
        std::vector<std::shared_ptr<PartitionLog>> partitions;  // shared with readers and requests
    };

    LogStore(Files& files, Clock& clock, NativeLogSettings settings)
        : files_(files), clock_(clock), settings_(std::move(settings)) {}

    Status recover();
    Status open_topic(Space space, const TopicInfo& info, bool was_clean);
    Status check_ends(const PartitionEnds& ends) const;
    Status check_strays(Space space) const;
    Status make_folders(Space space, const std::string& name, std::int32_t partitions);
    Status remove_folders(Space space, const TopicInfo& info);
    Status save(Catalog changed);
    PartitionEnds ends() const;
    Status sync_all();

    Files& files_;
    Clock& clock_;
    const NativeLogSettings settings_;
    std::unique_ptr<File> lock_;
    Catalog catalog_;  // the committer's thread only, once open

    mutable std::shared_mutex mutex_;
    std::array<std::unordered_map<std::string, Topic>, 2> topics_;  // by Space

    std::unique_ptr<Committer> committer_;  // the last member: its thread ends first
    bool is_closed_ = false;
};

}  // namespace pinflow::eventlog
