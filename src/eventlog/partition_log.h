// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <mutex>

#include "eventlog/fetch_waiter.h"
#include "eventlog/segment.h"
#include "eventlog/settings.h"

namespace pinflow::eventlog {

// A file or folder that a checkpoint must sync before it may speak of it.
struct SyncTarget {
    std::string path;
    std::shared_ptr<File> file;  // null: the folder of that path
};

struct PartitionPlace {
    PartitionId id = 0;
    std::string directory;  // exists
    std::string label;      // "topic u.pin-0", for messages
};

// One partition: its segments in order, the last of which grows. Any thread reads; the committer's
// thread alone writes, in four steps for each group: make room, stage, write, publish. The journal
// makes it durable, so nothing here is synced but by a checkpoint.
class PartitionLog final {
public:
    // As the checkpoint has it: each segment must be there, of its size at least, and end with an
    // intact batch; what is behind is cut off, for the journal has it. corrupt, naming file and
    // offsets, otherwise.
    static Result<std::shared_ptr<PartitionLog>> restore(Files& files,
                                                         const NativeLogSettings& settings,
                                                         PartitionPlace place,
                                                         const PartitionState& state);

    PartitionLog(const PartitionLog&) = delete;
    PartitionLog& operator=(const PartitionLog&) = delete;

    PartitionId id() const { return place_.id; }
    const std::string& label() const { return place_.label; }
    const std::string& directory() const { return place_.directory; }

    OffsetRange offsets() const;

    // Whole durable batches from `from` on, each checked: at most about bytes_max, but at least
    // one. `from` lies before the durable end and not before the first offset. not_found: what was
    // there has been deleted meanwhile.
    Result<std::string> read(Offset from, std::size_t bytes_max) const;

    Result<Offset> offset_at(Timestamp time_ms) const;

    std::vector<SegmentState> segments() const;
    std::string segment_path(Offset base_offset) const;

    // Puts the waiter on the list if `from` is still the durable end; false if there is no need.
    bool wait_at(Offset from, std::shared_ptr<FetchWaiter> waiter);
    // Afterwards nobody touches the waiter's reactor for its sake any more.
    void forget(const std::shared_ptr<FetchWaiter>& waiter);

    // Takes nothing more and lets the waiting readers go: the topic is removed, or the log closes.
    void retire();
    bool is_retired() const { return retired_; }

    // The file that grows, if so much was written since it was last given here or to a checkpoint;
    // null otherwise.
    std::shared_ptr<File> take_grown(std::uint64_t least_bytes);

    // --- the committer's thread ---
    ProducerStates& producers() { return producers_; }

    // Counts a batch of the group to come; true for the group's first in this partition.
    bool want_room(std::uint64_t bytes);
    // Sets aside what the batches counted need, in a new segment if the last would become too
    // large. May fail in any way without effect: nothing is written.
    Status make_room();
    // Gives the batch its offset. Its bytes must live until it is written.
    Offset stage(std::string& batch, const kafka::BatchHeader& header, Timestamp append_time_ms);
    // A batch as the journal has it. corrupt: it does not follow what is here.
    Status stage_again(std::string_view batch, Timestamp append_time_ms);
    bool has_staged() const { return !staged_.empty(); }
    Status write_staged();  // one write; a failure is final
    void publish_staged();  // now readers see them, and those who wait are woken

    // The first offset kept; files wholly before it are no longer in the list, and their paths are
    // given: to be deleted, once that is durable.
    std::vector<std::string> set_log_start(Offset offset);

    // What a checkpoint writes down, and what it must sync before.
    PartitionState capture(std::vector<SyncTarget>& to_sync, Timestamp now_ms);
    // Indexes of the growing segments, and room set aside for nothing: at a clean stop.
    void settle();

private:
    struct Staged {
        std::string_view batch;
        kafka::BatchHeader header;
        Timestamp append_time_ms = 0;
    };
    struct Place {
        std::shared_ptr<Segment> segment;  // shared with readers that outlive the partition's list
        std::shared_ptr<File> file;
        std::uint64_t position = 0;
        Offset next = 0;    // of the batch at `position`
        Offset wanted = 0;  // the offset to look for
        std::uint64_t end = 0;
    };

    PartitionLog(Files& files, const NativeLogSettings& settings, PartitionPlace place)
        : files_(files), settings_(settings), place_(std::move(place)) {}

    Status restore_segments(const PartitionState& state);
    Result<std::shared_ptr<Segment>> restore_segment(const SegmentState& state);
    Status remove_unknown(const PartitionState& state);

    Result<Place> place_of(Offset offset) const;
    Result<std::shared_ptr<const SparseIndex>> older_index_of(
        const std::shared_ptr<Segment>& segment) const;
    std::vector<Place> places_of_time(Timestamp time_ms) const;
    Result<Offset> first_at(const Place& place, Timestamp time_ms, Offset none) const;
    Place place_in(const std::shared_ptr<Segment>& segment) const;
    FetchWaiters show_staged();
    bool needs_new_segment(std::uint64_t bytes) const;
    Status begin_segment();
    Status open_last();
    void finish_segment(Segment& segment);
    void mark_dirty(const std::shared_ptr<Segment>& segment);

    Files& files_;
    const NativeLogSettings& settings_;
    const PartitionPlace place_;
    std::atomic<bool> retired_ = false;
    std::atomic<std::uint64_t> unsynced_bytes_ = 0;  // of the file that grows

    mutable std::mutex mutex_;  // over the segments' state, the range, and the waiters
    std::vector<std::shared_ptr<Segment>> segments_;
    Offset log_start_ = 0;
    Offset end_ = 0;
    FetchWaiters waiters_;

    mutable std::mutex indexed_mutex_;
    mutable std::shared_ptr<Segment> indexed_;  // the one whose older index is in memory

    // Held from the taking of the waiters until the last is woken. Before mutex_.
    std::mutex waking_;

    // The committer's thread only.
    std::vector<Staged> staged_;
    Offset next_offset_ = 0;
    std::uint64_t wanted_bytes_ = 0;
    std::uint64_t reserved_bytes_ = 0;  // of the last segment
    ProducerStates producers_;
    std::vector<SyncTarget> dirty_;  // written since the last checkpoint
    bool last_is_dirty_ = false;     // the last segment is among them
};

}  // namespace pinflow::eventlog
