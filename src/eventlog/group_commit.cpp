// SPDX-License-Identifier: Apache-2.0
#include "eventlog/group_commit.h"

#include <fmt/format.h>

#include "base/crash_point.h"

namespace pinflow::eventlog {
namespace {

void refuse_all(CommitRequest& request, const Error& error) {
    for (AppendItem& item : request.items) item.outcome = std::unexpected(error);
}

// Nothing went wrong that the next group would not survive.
GroupResult refusal(Status status) {
    bool is_final = !status && status.error().code == Errc::io;
    return {.status = std::move(status), .is_final = is_final};
}

GroupResult final_failure(Status status) { return {.status = std::move(status), .is_final = true}; }

Status journal_group(const GroupPorts& ports, GroupBuilder& entries, Timestamp now_ms) {
    if (ports.journal == nullptr) return {};
    return ports.journal->write(entries, now_ms);
}

Status sync_journal(const GroupPorts& ports) {
    if (ports.journal == nullptr || ports.durability != Durability::fsync) return {};
    return ports.journal->sync();
}

class Group {
public:
    Group(const GroupPorts& ports, std::span<CommitRequest* const> requests, Timestamp now_ms)
        : ports_(ports), requests_(requests), now_ms_(now_ms) {}

    // Of the segments first, for it does not matter if that is not used. Full partitions are
    // remembered; a full journal refuses all.
    Status make_room() {
        std::uint64_t bytes = kGroupHeaderBytes;
        std::vector<PartitionLog*> touched;
        for (CommitRequest* request : requests_) {
            for (AppendItem& item : request->items) {
                if (!item.partition) continue;
                bytes += item.batch->size() + kBatchEntryBytes;
                if (item.partition->want_room(item.batch->size())) {
                    touched.push_back(item.partition.get());
                }
            }
        }
        for (PartitionLog* partition : touched) {
            if (partition->is_retired()) continue;
            if (auto made = partition->make_room(); !made) {
                if (made.error().code == Errc::io) return made;
                full_.emplace_back(partition, made.error());
            }
        }
        if (ports_.journal == nullptr) return {};
        return ports_.journal->make_room(padded_to_block(bytes));
    }

    void stage() {
        for (CommitRequest* request : requests_) {
            if (request->key) stage_with_key(*request);
            else
                for (AppendItem& item : request->items) stage_item(item, std::nullopt);
        }
    }

    bool has_staged() const { return !entries_.empty(); }

    Status write() {
        TRY_STATUS(journal_group(ports_, entries_, now_ms_));
        crash_point("group.journal_written");
        for (PartitionLog* partition : staged_) {
            if (auto written = partition->write_staged(); !written) {
                return with_context(written.error(), partition->label());
            }
            crash_point("group.segment_written");
        }
        return {};
    }

    Status sync() { return sync_journal(ports_); }

    void publish() {
        for (PartitionLog* partition : staged_) partition->publish_staged();
        crash_point("group.published");
    }

private:
    // Whether the batch may be stored; or its outcome, which may be the one it had before.
    std::optional<Result<Appended>> settled(const AppendItem& item) const {
        if (item.partition->is_retired()) {
            return fail(Errc::not_found,
                        fmt::format("{} was removed meanwhile", item.partition->label()));
        }
        for (const auto& [partition, error] : full_) {
            if (partition == item.partition.get()) return std::unexpected(error);
        }
        auto seen = item.partition->producers().check(item.header);
        if (!seen) return with_context(seen.error(), item.partition->label());
        if (!*seen) return std::nullopt;
        return Appended{.base_offset = (*seen)->base_offset,
                        .append_time_ms = (*seen)->append_time_ms,
                        .is_repeat = true};
    }

    void stage_item(AppendItem& item, const std::optional<KeyMark>& key) {
        if (!item.partition) return;
        if (auto outcome = settled(item)) item.outcome = *std::move(outcome);
        else store(item, key);
    }

    void store(AppendItem& item, const std::optional<KeyMark>& key) {
        PartitionLog& partition = *item.partition;
        if (!partition.has_staged()) staged_.push_back(&partition);
        Offset base = partition.stage(*item.batch, item.header, now_ms_);
        entries_.add(BatchEntry{.partition = partition.id(), .key = key, .batch = *item.batch});
        item.outcome = Appended{.base_offset = base, .append_time_ms = now_ms_};
    }

    void stage_with_key(CommitRequest& request) {
        if (const KeyEntry* entry = ports_.keys.find(request.key->hash, now_ms_)) {
            return answer_again(request, *entry);
        }
        for (const AppendItem& item : request.items) {
            auto outcome = settled(item);
            if (outcome && !*outcome) return refuse_all(request, outcome->error());
        }
        KeyEntry entry{.hash = request.key->hash,
                       .fingerprint = request.key->fingerprint,
                       .append_time_ms = now_ms_};
        for (AppendItem& item : request.items) {
            stage_item(item, request.key);
            entry.placements.push_back({.partition_id = item.partition->id(),
                                        .base_offset = item.outcome->base_offset,
                                        .record_count = item.header.record_count});
        }
        ports_.keys.note(std::move(entry));
    }

    static void answer_again(CommitRequest& request, const KeyEntry& entry) {
        bool is_same = entry.fingerprint == request.key->fingerprint &&
                       entry.placements.size() == request.items.size();
        for (std::size_t i = 0; is_same && i < request.items.size(); ++i) {
            is_same = entry.placements[i].partition_id == request.items[i].partition->id() &&
                      entry.placements[i].record_count == request.items[i].header.record_count;
        }
        if (!is_same) {
            return refuse_all(request,
                              {Errc::conflict, "the idempotency key was used for another request"});
        }
        for (std::size_t i = 0; i < request.items.size(); ++i) {
            request.items[i].outcome = Appended{.base_offset = entry.placements[i].base_offset,
                                                .append_time_ms = entry.append_time_ms,
                                                .is_repeat = true};
        }
    }

    const GroupPorts& ports_;
    std::span<CommitRequest* const> requests_;
    const Timestamp now_ms_;
    std::vector<std::pair<PartitionLog*, Error>> full_;
    std::vector<PartitionLog*> staged_;
    GroupBuilder entries_;
};

}  // namespace

GroupResult commit_group(const GroupPorts& ports, std::span<CommitRequest* const> requests,
                         Timestamp now_ms) {
    Group group(ports, requests, now_ms);
    if (auto room = group.make_room(); !room) return refusal(std::move(room));
    crash_point("group.room_made");
    group.stage();
    if (!group.has_staged()) return {};  // refusals and repeats: all of it is decided already
    if (auto written = group.write(); !written) return final_failure(std::move(written));
    crash_point("group.before_sync");
    if (auto synced = group.sync(); !synced) return final_failure(std::move(synced));
    crash_point("group.synced");
    group.publish();
    return {.is_stored = true};
}

GroupResult commit_change(const GroupPorts& ports, CommitRequest& request, Timestamp now_ms) {
    GroupBuilder entries;
    if (auto prepared = request.prepare(entries); !prepared) return refusal(std::move(prepared));
    if (!entries.empty()) {
        crash_point("change.prepared");
        if (ports.journal != nullptr) {
            auto room = ports.journal->make_room(entries.stored_bytes());
            if (!room) return refusal(std::move(room));
        }
        auto done = journal_group(ports, entries, now_ms);
        crash_point("change.journal_written");
        if (done) done = sync_journal(ports);
        if (!done) return final_failure(std::move(done));
        crash_point("change.synced");
    }
    GroupResult result = request.apply ? refusal(request.apply()) : GroupResult{};
    result.is_stored = !entries.empty();
    return result;
}

}  // namespace pinflow::eventlog
