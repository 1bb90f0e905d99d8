// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <set>
#include <shared_mutex>
#include <unordered_map>

#include "eventlog/checkpoint.h"
#include "eventlog/committer.h"
#include "eventlog/journal_reader.h"

namespace pinflow::eventlog {

class Keeper;

// Everything under the log's directory: the lock on it, the topics and their partitions, the
// journal, the committer that writes and the keeper that keeps order behind it.
class LogStore final {
public:
    // busy: another process has it; corrupt: damage that no crash explains, naming file and place.
    static Result<std::unique_ptr<LogStore>> open(Files& files, Clock& clock,
                                                  NativeLogSettings settings);
    ~LogStore();  // closes
    LogStore(const LogStore&) = delete;
    LogStore& operator=(const LogStore&) = delete;

    // Finishes what waits, lets waiting readers go, and takes a last checkpoint. Idempotent.
    Status close();

    Files& files() { return files_; }
    Clock& clock() { return clock_; }
    const NativeLogSettings& settings() const { return settings_; }
    Committer& committer() { return *committer_; }
    const Committer& committer() const { return *committer_; }
    Journal* journal() { return journal_.get(); }  // null under durability memory
    Keeper& keeper() { return *keeper_; }

    struct NamedPartition {
        Space space = Space::topics;
        TopicPartition name;
        std::shared_ptr<PartitionLog> log;
    };

    // Any thread. not_found.
    Result<std::shared_ptr<PartitionLog>> find(Space space, const TopicPartition& partition) const;
    Result<TopicInfo> describe(Space space, const std::string& name) const;
    std::vector<TopicInfo> list(Space space) const;  // by name
    std::vector<NamedPartition> partitions() const;  // of both spaces

    // --- the committer's thread: the halves of a CommitRequest's change ---
    Result<TopicInfo> prepare_create(Space space, const std::string& name, std::int32_t partitions,
                                     GroupBuilder& entries);
    Status apply_create(Space space, const TopicInfo& info);
    Status prepare_remove(Space space, const std::string& name, GroupBuilder& entries) const;
    Status apply_remove(Space space, const std::string& name);
    // All that a checkpoint says, and what it must sync before.
    CheckpointState capture(std::vector<SyncTarget>& to_sync);

    Status save(CheckpointState state);

private:
    struct Topic {
        TopicInfo info;
        PartitionId first_partition = 0;
        std::vector<std::shared_ptr<PartitionLog>> partitions;  // shared with readers and requests
    };

    LogStore(Files& files, Clock& clock, NativeLogSettings settings);

    Status recover();
    Status recover_all();
    Result<CheckpointState> load_or_begin();
    Status clear_for_memory();
    Result<JournalEnd> foresee(CheckpointState& state);
    void foresee_removal(CheckpointState& state, PartitionId first_partition);
    static void foresee_log_start(CheckpointState& state, const LogStartEntry& entry);
    Status restore(CheckpointState state);
    Status replay_journal(const JournalPlace& from);
    Status restore_topics(const CheckpointState& state);
    Status check_is_new() const;
    Status check_strays(Space space) const;
    Status replay(const GroupHeader& header, std::string_view body);
    Status replay_entry(const JournalEntry& entry, const GroupHeader& header);
    Status replay_batch(const BatchEntry& entry, Timestamp append_time_ms);
    Status replay_created(const TopicCreatedEntry& entry);
    Status replay_removed(const TopicRemovedEntry& entry);
    Status replay_log_start(const LogStartEntry& entry);
    Status write_replayed();
    Status begin_epoch();

    Status open_topic(Space space, const TopicInfo& info, PartitionId first_partition,
                      std::span<const PartitionState> states);
    Status make_folders(Space space, const std::string& name, std::int32_t partitions);
    Status remove_folders(Space space, const std::string& name, std::int32_t partitions);
    Status remove_folder(const std::string& folder);
    void finish_removals();
    void forget_removal(Space space, const std::string& name);
    Status run_checkpoint(bool is_clean);

    Files& files_;
    Clock& clock_;
    const NativeLogSettings settings_;
    std::unique_ptr<File> lock_;

    mutable std::shared_mutex mutex_;
    std::array<std::unordered_map<std::string, Topic>, 2> topics_;  // by Space

    // The committer's thread only, once open.
    std::unordered_map<PartitionId, std::shared_ptr<PartitionLog>> by_id_;
    PartitionId next_partition_ = 1;
    std::vector<TopicState> removing_;  // gone, but for their files
    bool is_names_dirty_ = true;        // folders came or went since the last checkpoint
    KeyTable keys_;
    std::uint64_t generation_ = 0;  // of the last checkpoint

    // While recovering.
    std::vector<PartitionLog*> replayed_;       // that have batches of the group in hand
    std::set<PartitionId> removed_partitions_;  // whose topics the journal removes

    std::unique_ptr<Journal> journal_;
    std::unique_ptr<Committer> committer_;
    std::unique_ptr<Keeper> keeper_;  // its thread ends first
    bool is_closed_ = false;
};

}  // namespace pinflow::eventlog
