// SPDX-License-Identifier: Apache-2.0
#include "eventlog/keeper.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <set>

#include "base/crash_point.h"
#include "base/log.h"

namespace pinflow::eventlog {
namespace {

constexpr std::int64_t kScrubFirstMs = 60'000;  // after the start
constexpr std::int64_t kScrubRestMs = 24LL * 60 * 60 * 1'000;
constexpr std::uint64_t kScrubStepBytes = 1 << 20;
constexpr std::int64_t kUsPerMs = 1'000;

}  // namespace

Status sync_targets(Files& files, std::span<const SyncTarget> targets) {
    std::set<std::string> done;
    for (const SyncTarget& target : targets) {
        if (!done.insert(target.path).second) continue;
        Status synced = target.file ? target.file->sync() : files.sync_directory(target.path);
        // A folder or file that is gone since: its topic was removed, or its segment deleted.
        if (!synced && synced.error().code != Errc::not_found) return synced;
        crash_point("checkpoint.target_synced");
    }
    return {};
}

Keeper::Keeper(LogStore& store)
    : store_(store),
      settings_(store.settings()),
      started_ms_(store.clock().now_ms()),
      started_us_(store.clock().steady_us()) {
    retention_due_us_ = started_us_ + settings_.retention_check_ms * kUsPerMs;
    scrub_due_us_ = started_us_ + kScrubFirstMs * kUsPerMs;
}

void Keeper::start() {
    if (settings_.durability == Durability::memory) return;
    thread_ = std::thread([this] { run(); });
}

void Keeper::stop() {
    {
        std::scoped_lock lock(mutex_);
        is_stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

bool Keeper::is_checkpoint_large() const {
    const Journal* journal = store_.journal();
    return journal->written_bytes() - checkpointed_bytes_ >= settings_.checkpoint_bytes;
}

bool Keeper::is_much_unwritten() const {
    return settings_.durability == Durability::fsync &&
           store_.journal()->written_bytes() - written_out_bytes_ >= kWriteOutBytes &&
           store_.clock().steady_us() - written_out_us_ >= kWriteOutPauseUs;
}

bool Keeper::has_work() const {
    return is_much_unwritten() || is_checkpoint_large() || store_.journal()->wants_next();
}

void Keeper::note_group() {
    groups_.fetch_add(1, std::memory_order_relaxed);
    if (store_.journal() == nullptr) return;
    if (!sleeps_ && !has_work()) return;
    std::scoped_lock lock(mutex_);
    wake_.notify_one();
}

// How long until something is due by time. While groups come, it looks whether they have ceased.
std::int64_t Keeper::wait_ms() const {
    std::int64_t now_us = store_.clock().steady_us();
    std::int64_t next_us = retention_due_us_;
    if (settings_.scrub_bytes_per_second > 0) next_us = std::min(next_us, scrub_due_us_);
    std::int64_t until_ms = std::max<std::int64_t>(0, (next_us - now_us) / kUsPerMs);
    if (groups_ == checkpointed_groups_) return until_ms;
    return std::min(until_ms, settings_.checkpoint_idle_ms);
}

Keeper::Due Keeper::wait() {
    std::unique_lock lock(mutex_);
    bool is_idle = groups_ == checkpointed_groups_;
    sleeps_ = is_idle;
    bool is_awake = wake_.wait_for(lock, std::chrono::milliseconds(wait_ms()), [&] {
        return is_stopping_ || (is_idle && groups_ != checkpointed_groups_) || has_work();
    });
    sleeps_ = false;
    std::int64_t groups = groups_;
    bool has_ceased = !is_awake && !is_idle && groups == seen_groups_;
    seen_groups_ = groups;
    std::int64_t now_us = store_.clock().steady_us();
    return {.write_out = is_much_unwritten(),
            .checkpoint = has_ceased || is_checkpoint_large(),
            .retention = now_us >= retention_due_us_,
            .scrub = settings_.scrub_bytes_per_second > 0 && now_us >= scrub_due_us_};
}

void Keeper::run() {
    pthread_setname_np(pthread_self(), "log-keeper");
    for (;;) {
        Due due = wait();
        {
            std::scoped_lock lock(mutex_);
            if (is_stopping_) return;
        }
        if (!store_.committer().health().is_accepting) {
            // Failed for good: nothing is kept any more, and the process is about to end.
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [this] { return is_stopping_; });
            return;
        }
        if (store_.journal()->wants_next()) report("next journal file", prepare_next());
        if (due.write_out) report("segments", write_out());
        if (due.checkpoint) report("checkpoint", checkpoint());
        if (due.retention) {
            retention_due_us_ =
                store_.clock().steady_us() + settings_.retention_check_ms * kUsPerMs;
            report("retention", enforce_retention());
        }
        if (due.scrub) scrub_step();
    }
}

// A next file that cannot be made is no failure yet: the committer tries again when it needs it.
Status Keeper::prepare_next() { return store_.journal()->prepare_next(); }

Status Keeper::write_out() {
    written_out_bytes_ = store_.journal()->written_bytes();
    written_out_us_ = store_.clock().steady_us();
    for (const auto& partition : store_.partitions()) {
        auto file = partition.log->take_grown(kWriteOutBytes);
        if (!file) continue;
        TRY_STATUS(file->sync());
    }
    return {};
}

// What has failed is not tried again at once.
void Keeper::rest() {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, std::chrono::milliseconds(settings_.checkpoint_idle_ms),
                   [this] { return is_stopping_; });
}

void Keeper::scrub_step() {
    auto partitions = store_.partitions();
    std::scoped_lock lock(scrubbing_);
    bool goes_on = scrub_.step(store_.files(), partitions, kScrubStepBytes);
    std::int64_t step_ms = static_cast<std::int64_t>(
        kScrubStepBytes * 1'000 / std::max<std::uint64_t>(1, settings_.scrub_bytes_per_second));
    scrub_due_us_ = store_.clock().steady_us() + (goes_on ? step_ms : kScrubRestMs) * kUsPerMs;
}

// A failed sync is as final here as in the committer; a full disk is tried again.
void Keeper::report(std::string_view what, const Status& status) {
    if (status || status.error().code == Errc::unavailable) return;
    if (status.error().code == Errc::io) return store_.committer().fail_for_good(status.error());
    log_warn("eventlog", "{}: {}", what, status.error().text);
    rest();
}

Status Keeper::checkpoint() {
    std::scoped_lock working(working_);
    if (store_.journal() == nullptr) return {};
    Status written = write_checkpoint();
    if (!written) store_.journal()->end_checkpoint(0);
    return written;
}

Status Keeper::write_checkpoint() {
    std::vector<SyncTarget> to_sync;
    CheckpointState state;
    std::int64_t groups = 0;
    std::uint64_t bytes = 0;
    CommitRequest request;
    request.prepare = [&](GroupBuilder&) -> Status {
        store_.journal()->begin_checkpoint();
        groups = groups_;
        bytes = store_.journal()->written_bytes();
        state = store_.capture(to_sync);
        return {};
    };
    store_.committer().submit_and_wait(request);
    TRY_STATUS(std::move(request.change_outcome));
    crash_point("checkpoint.captured");
    TRY_STATUS(sync_targets(store_.files(), to_sync));
    crash_point("checkpoint.segments_synced");
    TRY_STATUS(store_.save(std::move(state)));
    crash_point("checkpoint.done");
    checkpointed_bytes_ = bytes;
    checkpointed_groups_ = groups;
    return {};
}

// A wall clock that jumps ahead while the log is open makes nothing old.
Timestamp Keeper::careful_now_ms() const {
    Timestamp elapsed_ms = (store_.clock().steady_us() - started_us_) / kUsPerMs;
    return std::min(store_.clock().now_ms(), started_ms_ + elapsed_ms);
}

void Keeper::set_holds(Holds holds) {
    std::scoped_lock lock(mutex_);
    holds_ = std::move(holds);
}

Status Keeper::enforce_retention() {
    std::scoped_lock working(working_);
    std::optional<Holds> holds;
    {
        std::scoped_lock lock(mutex_);
        holds = holds_;
    }
    if (!holds) return {};
    return advance_log_start(
        due_log_starts(store_.partitions(), settings_, careful_now_ms(), *holds));
}

// Durable in the journal before a file goes; recovery does not ask for what the journal deletes.
Status Keeper::advance_log_start(const std::vector<LogStart>& starts) {
    if (starts.empty()) return {};
    std::vector<std::string> gone;
    CommitRequest request;
    request.prepare = [&](GroupBuilder& entries) -> Status {
        for (const LogStart& start : starts) {
            // Beyond the end nothing is deleted: what recovery reads must say so too.
            Offset offset = std::min(start.offset, start.partition->offsets().end);
            entries.add(LogStartEntry{.partition = start.partition->id(), .offset = offset});
        }
        return {};
    };
    request.apply = [&]() -> Status {
        for (const LogStart& start : starts) {
            for (auto& path : start.partition->set_log_start(start.offset)) {
                gone.push_back(std::move(path));
            }
        }
        return {};
    };
    store_.committer().submit_and_wait(request);
    TRY_STATUS(std::move(request.change_outcome));
    crash_point("retention.start_durable");
    for (const std::string& path : gone) {
        Status removed = store_.files().remove(path);
        if (!removed && removed.error().code != Errc::not_found) return removed;
        (void)store_.files().remove(index_path(path));
        crash_point("retention.segment_deleted");
    }
    return {};
}

ScrubReport Keeper::scrub_report() const {
    std::scoped_lock lock(scrubbing_);
    return scrub_.report();
}

}  // namespace pinflow::eventlog
