// SPDX-License-Identifier: Apache-2.0
// What LogStore does at open: checkpoint, journal, a checkpoint anew, and only then a new epoch. A
// crash anywhere in it is met by doing it again. The rules in prose: docs/formats/recovery.md.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/crash_point.h"
#include "base/log.h"
#include "eventlog/log_store.h"
#include "eventlog/salvage.h"

namespace pinflow::eventlog {
namespace {

template <class... Cases>
struct Overloaded : Cases... {
    using Cases::operator()...;
};

// A start needs a little room for what the journal has and the segments not, and for a checkpoint.
Status told_of_room(const Status& status, const NativeLogSettings& settings) {
    if (status || status.error().code != Errc::no_space) return status;
    return fail(Errc::no_space,
                fmt::format("{}; nothing accepted is lost, but a start needs {} MiB and what the "
                            "journal holds: make room and start again",
                            status.error().text, settings.journal_file_bytes >> 20));
}

}  // namespace

Status LogStore::recover() { return told_of_room(recover_all(), settings_); }

Status LogStore::recover_all() {
    for (Space space : kSpaces) {
        TRY_STATUS(
            files_.make_directories(fmt::format("{}/{}", settings_.directory, name_of(space))));
    }
    if (settings_.durability == Durability::memory) return clear_for_memory();
    TRY(CheckpointState state, load_or_begin());
    generation_ = state.generation;
    if (state.generation > 0) {
        TRY_STATUS(restore(std::move(state)));
        for (Space space : kSpaces) TRY_STATUS(check_strays(space));
    }
    return begin_epoch();
}

Result<CheckpointState> LogStore::load_or_begin() {
    std::vector<std::string> notes;
    auto state = load_checkpoint(files_, settings_.directory, notes);
    for (const std::string& note : notes) log_warn("eventlog", "{}; the other copy is used", note);
    if (state || state.error().code != Errc::not_found) return state;
    TRY_STATUS(check_is_new());
    return CheckpointState{};
}

// Without a checkpoint there may be nothing that one would have spoken of.
Status LogStore::check_is_new() const {
    if (files_.examine(settings_.directory + "/catalog")) {
        return fail(Errc::unsupported,
                    fmt::format("{} was written by an earlier form of the log, without a journal: "
                                "begin with another data directory",
                                settings_.directory));
    }
    for (Space space : kSpaces) {
        TRY(auto entries, files_.list(fmt::format("{}/{}", settings_.directory, name_of(space))));
        if (entries.empty()) continue;
        return fail(Errc::corrupt,
                    fmt::format("{}/checkpoint.0 and checkpoint.1 are missing, but {} is not "
                                "empty: restore one of them from a copy of the data",
                                settings_.directory, name_of(space)));
    }
    return {};
}

// Nothing outlives a log in memory; where one on disk lies, it is not touched.
Status LogStore::clear_for_memory() {
    if (files_.examine(journal_directory(settings_.directory))) {
        return fail(Errc::invalid_argument,
                    fmt::format("{} holds a durable log: it cannot be opened with durability "
                                "memory",
                                settings_.directory));
    }
    for (Space space : kSpaces) {
        std::string directory = fmt::format("{}/{}", settings_.directory, name_of(space));
        TRY(auto folders, files_.list(directory));
        for (const DirectoryEntry& folder : folders) {
            TRY_STATUS(remove_folder(directory + "/" + folder.name));
        }
    }
    return {};
}

// The first reading of the journal: nothing is changed before all of it is known to be whole. What
// it deletes need not be there any more, so the checkpoint forgets it.
Result<JournalEnd> LogStore::foresee(CheckpointState& state) {
    auto look = [&](const GroupHeader&, std::string_view body) -> Status {
        EntryReader reader(body);
        for (;;) {
            TRY(auto entry, reader.next());
            if (!entry) return {};
            if (auto* removed = std::get_if<TopicRemovedEntry>(&*entry)) {
                foresee_removal(state, removed->first_partition);
            }
            if (auto* start = std::get_if<LogStartEntry>(&*entry)) {
                foresee_log_start(state, *start);
            }
        }
    };
    auto behind = settings_.accept_data_loss ? BehindTheEnd::lost : BehindTheEnd::damage;
    return walk_journal(files_, settings_.directory, state.journal, behind, look);
}

void LogStore::foresee_removal(CheckpointState& state, PartitionId first_partition) {
    auto topic = std::ranges::find_if(state.topics, [&](const TopicState& one) {
        return one.first_partition == first_partition && !one.is_removing;
    });
    if (topic == state.topics.end()) return;  // made and removed behind the checkpoint
    topic->is_removing = true;
    for (std::size_t i = 0; i < topic->partitions.size(); ++i) {
        removed_partitions_.insert(first_partition + i);
        topic->partitions[i] = {};
    }
}

void LogStore::foresee_log_start(CheckpointState& state, const LogStartEntry& entry) {
    for (TopicState& topic : state.topics) {
        std::uint64_t index = entry.partition - topic.first_partition;
        if (topic.is_removing || index >= topic.partitions.size()) continue;
        PartitionState& partition = topic.partitions[index];
        partition.log_start = std::max(partition.log_start, entry.offset);
        std::erase_if(partition.segments, [&](const SegmentState& segment) {
            return segment.end_offset <= partition.log_start;
        });
    }
}

Status LogStore::restore(CheckpointState state) {
    if (!state.is_clean) {
        TRY(JournalEnd end, foresee(state));
        if (!end.torn.empty()) {
            log_warn("eventlog", "{}: torn by a crash, or old bytes; never acknowledged", end.torn);
        }
    }
    if (settings_.accept_data_loss) TRY_STATUS(salvage_segments(files_, settings_, state));
    TRY_STATUS(restore_topics(state));
    crash_point("recovery.restored");
    return state.is_clean ? Status{} : replay_journal(state.journal);
}

// What lies behind its end has been looked at by the first reading.
Status LogStore::replay_journal(const JournalPlace& from) {
    auto apply = [this](const GroupHeader& header, std::string_view body) {
        return replay(header, body);
    };
    TRY(JournalEnd end,
        walk_journal(files_, settings_.directory, from, BehindTheEnd::ignored, apply));
    crash_point("recovery.replayed");
    if (end.groups > 0) {
        log_info("eventlog", "recovered {} groups ({} bytes) from the journal", end.groups,
                 end.bytes);
    }
    return {};
}

Status LogStore::restore_topics(const CheckpointState& state) {
    next_partition_ = state.next_partition;
    keys_ = KeyTable::restore(state.keys);
    for (const TopicState& topic : state.topics) {
        if (topic.is_removing) {
            removing_.push_back(topic);
            continue;
        }
        TopicInfo info{topic.name, static_cast<std::int32_t>(topic.partitions.size()),
                       topic.created_ms, topic.uuid};
        TRY_STATUS(open_topic(topic.space, info, topic.first_partition, topic.partitions));
    }
    finish_removals();
    return {};
}

Status LogStore::replay(const GroupHeader& header, std::string_view body) {
    EntryReader reader(body);
    for (;;) {
        TRY(auto entry, reader.next());
        if (!entry) return write_replayed();
        TRY_STATUS(replay_entry(*entry, header));
    }
}

Status LogStore::replay_entry(const JournalEntry& entry, const GroupHeader& header) {
    return std::visit(
        Overloaded{
            [&](const BatchEntry& e) { return replay_batch(e, header.append_time_ms); },
            [&](const TopicCreatedEntry& e) { return replay_created(e); },
            [&](const TopicRemovedEntry& e) { return replay_removed(e); },
            [&](const LogStartEntry& e) { return replay_log_start(e); },
            [&](const ContinuesEntry&) { return Status{}; },
        },
        entry);
}

Status LogStore::replay_batch(const BatchEntry& entry, Timestamp append_time_ms) {
    if (removed_partitions_.contains(entry.partition)) return {};
    auto found = by_id_.find(entry.partition);
    if (found == by_id_.end()) {
        return fail(Errc::corrupt, fmt::format("the journal has a batch of partition {}, which "
                                               "there is not",
                                               entry.partition));
    }
    PartitionLog& partition = *found->second;
    if (!partition.has_staged()) replayed_.push_back(&partition);
    partition.want_room(entry.batch.size());
    TRY_STATUS(partition.stage_again(entry.batch, append_time_ms));
    if (!entry.key) return {};
    TRY(auto header, kafka::peek_batch_header(entry.batch));
    keys_.add_placement(entry.key->hash, entry.key->fingerprint, append_time_ms,
                        {.partition_id = entry.partition,
                         .base_offset = header.base_offset,
                         .record_count = header.record_count});
    return {};
}

Status LogStore::write_replayed() {
    for (PartitionLog* partition : replayed_) {
        TRY_STATUS(partition->make_room());
        TRY_STATUS(partition->write_staged());
        partition->publish_staged();
        crash_point("recovery.batch_written");
    }
    replayed_.clear();
    return {};
}

// A folder of that name holds what this very life of the topic wrote before the crash, or nothing.
Status LogStore::replay_created(const TopicCreatedEntry& entry) {
    is_names_dirty_ = true;
    forget_removal(entry.space, entry.name);
    TopicInfo info{entry.name, entry.partitions, entry.created_ms, entry.uuid};
    std::vector<PartitionState> states(static_cast<std::size_t>(entry.partitions));
    next_partition_ = std::max(next_partition_, entry.first_partition + states.size());
    crash_point("recovery.topic_created");
    return open_topic(entry.space, info, entry.first_partition, states);
}

Status LogStore::replay_removed(const TopicRemovedEntry& entry) {
    for (Space space : kSpaces) {
        for (const auto& [name, topic] : topics_[static_cast<std::size_t>(space)]) {
            if (topic.first_partition == entry.first_partition) {
                return apply_remove(space, std::string(name));
            }
        }
    }
    return {};
}

Status LogStore::replay_log_start(const LogStartEntry& entry) {
    auto found = by_id_.find(entry.partition);
    if (found == by_id_.end()) return {};
    for (const std::string& path : found->second->set_log_start(entry.offset)) {
        TRY_STATUS(files_.remove(path));
        crash_point("recovery.segment_deleted");
    }
    return {};
}

// The checkpoint speaks of the new journal only when that is there; until it is saved, the old
// journal is what counts.
Status LogStore::begin_epoch() {
    TRY(journal_, Journal::begin(files_, settings_));
    crash_point("recovery.epoch_begun");
    TRY_STATUS(run_checkpoint(false));
    crash_point("recovery.checkpointed");
    return {};
}

// Records that the log does not know are never taken for nothing, and never deleted.
Status LogStore::check_strays(Space space) const {
    std::string directory = fmt::format("{}/{}", settings_.directory, name_of(space));
    TRY(auto entries, files_.list(directory));
    std::set<std::string> known;
    for (const auto& [name, topic] : topics_[static_cast<std::size_t>(space)]) {
        for (std::int32_t partition = 0; partition < topic.info.partitions; ++partition) {
            known.insert(fmt::format("{}-{}", name, partition));
        }
    }
    for (const TopicState& topic : removing_) {
        for (std::size_t i = 0; topic.space == space && i < topic.partitions.size(); ++i) {
            known.insert(fmt::format("{}-{}", topic.name, i));
        }
    }
    for (const DirectoryEntry& entry : entries) {
        if (known.contains(entry.name) || !entry.is_directory) continue;
        TRY(auto inside, files_.list(directory + "/" + entry.name));
        if (inside.empty()) continue;  // a creation that a crash cut short
        return fail(Errc::corrupt,
                    fmt::format("{}/{} holds files, but the log does not know it: move the "
                                "folder away",
                                directory, entry.name));
    }
    return {};
}

}  // namespace pinflow::eventlog
