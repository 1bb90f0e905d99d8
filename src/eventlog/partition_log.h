// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <mutex>

#include "eventlog/fetch_waiter.h"
#include "eventlog/segment.h"
#include "eventlog/settings.h"

namespace pinflow::eventlog {

// One partition: its segments in order, the last of which grows. Any thread reads; the committer's
// thread alone writes, in four steps for each group: stage, write, sync, publish.
class PartitionLog final {
public:
    // Opens what lies in `directory`, which exists. `label` names the partition in messages.
    // `was_clean`: the last process closed the log, so nothing may be torn. corrupt, naming file
    // and byte, for damage that no crash explains.
    static Result<std::shared_ptr<PartitionLog>> open(Files& files,
                                                      const NativeLogSettings& settings,
                                                      std::string directory, std::string label,
                                                      bool was_clean);

    PartitionLog(const PartitionLog&) = delete;
    PartitionLog& operator=(const PartitionLog&) = delete;

    const std::string& label() const { return label_; }

    OffsetRange offsets() const;

    // Whole durable batches from `from` on, each checked: at most about bytes_max, but at least
    // one. `from` lies before the durable end and not before the first offset.
    Result<std::string> read(Offset from, std::size_t bytes_max) const;

    Result<Offset> offset_at(Timestamp time_ms) const;

    // Puts the waiter on the list if `from` is still the durable end; false if there is no need.
    bool wait_at(Offset from, std::shared_ptr<FetchWaiter> waiter);
    // Afterwards nobody touches the waiter's reactor for its sake any more.
    void forget(const std::shared_ptr<FetchWaiter>& waiter);

    // Takes nothing more and lets the waiting readers go: the topic is removed, or the log closes.
    void retire();
    bool is_retired() const { return retired_; }

    // --- the committer's thread ---
    // Gives the batch its offset. Its bytes must live until publish() or unstage().
    Offset stage(std::string& batch, const kafka::BatchHeader& header);
    bool has_staged() const { return !staged_.empty(); }
    Status write_staged();  // one write, into a new segment if the last is full
    Status sync_staged();
    void publish_staged();  // now readers see them, and those who wait are woken
    Status sync_all();      // under `os`, before a clean stop
    Status unstage();       // takes back what was staged and written, but not synced

private:
    struct Staged {
        std::string* batch = nullptr;
        kafka::BatchHeader header;
    };
    struct Place {
        std::shared_ptr<Segment> segment;  // shared with readers that outlive the partition's list
        std::uint64_t position = 0;
        std::uint64_t end = 0;
    };

    PartitionLog(Files& files, const NativeLogSettings& settings, std::string directory,
                 std::string label)
        : files_(files),
          settings_(settings),
          directory_(std::move(directory)),
          label_(std::move(label)) {}

    Status recover(bool was_clean);
    Status recover_segment(Offset base_offset, bool is_last, bool was_clean);
    Status cut_tail(Segment& segment, const SegmentScan& scan, bool was_clean);

    Place place_of(Offset offset) const;
    std::vector<Place> places_of_time(Timestamp time_ms) const;
    std::uint64_t staged_bytes() const;
    FetchWaiters show_staged();
    Status begin_segment();

    Files& files_;
    const NativeLogSettings& settings_;
    const std::string directory_;
    const std::string label_;
    std::atomic<bool> retired_ = false;

    mutable std::mutex mutex_;  // over the segments' durable state and the waiters
    std::vector<std::shared_ptr<Segment>> segments_;
    FetchWaiters waiters_;

    // Held from the taking of the waiters until the last is woken. Before mutex_.
    std::mutex waking_;

    std::vector<Staged> staged_;
    Offset next_offset_ = 0;
    bool wrote_staged_ = false;
};

}  // namespace pinflow::eventlog
