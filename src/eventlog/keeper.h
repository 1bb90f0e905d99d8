// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "eventlog/index_file.h"
#include "eventlog/log_store.h"
#include "eventlog/retention.h"
#include "eventlog/scrub.h"

namespace pinflow::eventlog {

// Syncs what a checkpoint speaks of; each path once. A failure is final.
Status sync_targets(Files& files, std::span<const SyncTarget> targets);

// The thread behind the committer: checkpoints, the next journal file, retention, the scrub. It
// sleeps while nothing is appended.
class Keeper final {
public:
    explicit Keeper(LogStore& store);
    ~Keeper() { stop(); }
    Keeper(const Keeper&) = delete;
    Keeper& operator=(const Keeper&) = delete;

    void start();
    void stop();  // ends the thread, after what it is at. Idempotent

    // From the committer's thread, when a group is durable.
    void note_group();

    // Any thread but the committer's and the reactors'. What the thread does by itself in time:
    Status checkpoint();
    Status enforce_retention();
    Status advance_log_start(const std::vector<LogStart>& starts);

    void set_holds(Holds holds);  // retention begins when this is known; empty ones hold nothing
    ScrubReport scrub_report() const;

private:
    struct Due {
        bool write_out = false;
        bool checkpoint = false;
        bool retention = false;
        bool scrub = false;
    };

    void run();
    Due wait();
    std::int64_t wait_ms() const;
    bool is_checkpoint_large() const;
    bool is_much_unwritten() const;
    bool has_work() const;
    Status write_checkpoint();
    Status prepare_next();
    Status write_out();
    void scrub_step();
    void rest();
    void report(std::string_view what, const Status& status);
    Timestamp careful_now_ms() const;

    LogStore& store_;
    const NativeLogSettings& settings_;

    std::mutex working_;  // one checkpoint or retention at a time
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    bool is_stopping_ = false;
    std::optional<Holds> holds_;

    std::atomic<std::int64_t> groups_ = 0;
    std::atomic<bool> sleeps_ = false;
    std::atomic<std::uint64_t> checkpointed_bytes_ = 0;
    std::atomic<std::int64_t> checkpointed_groups_ = 0;
    std::atomic<std::uint64_t> written_out_bytes_ = 0;  // of the journal, when write_out() began
    std::atomic<std::int64_t> written_out_us_ = INT64_MIN / 2;
    std::int64_t seen_groups_ = 0;  // the keeper's thread only, as what follows
    std::int64_t retention_due_us_ = 0;
    std::int64_t scrub_due_us_ = 0;
    const Timestamp started_ms_;
    const std::int64_t started_us_;

    mutable std::mutex scrubbing_;
    Scrub scrub_;
    std::thread thread_;
};

}  // namespace pinflow::eventlog
