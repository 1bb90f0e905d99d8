// SPDX-License-Identifier: Apache-2.0
#include "eventlog/committer.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <future>

#include "base/log.h"
#include "eventlog/group_commit.h"
#include "eventlog/short_slice.h"

namespace pinflow::eventlog {
namespace {

// The offsets given to a group that failed are void.
void refuse(CommitRequest& request, const Error& error) {
    request.change_outcome = std::unexpected(error);
    for (AppendItem& item : request.items) {
        if (item.partition) item.outcome = std::unexpected(error);
    }
}

// In the journal, where each batch has an entry around it.
std::uint64_t journal_bytes(const CommitRequest& request) {
    return request.bytes + request.items.size() * kBatchEntryBytes;
}

Error unavailable(std::string text) { return Error{Errc::unavailable, std::move(text)}; }

Error failed_log(const Error& cause) {
    return unavailable("the log takes nothing more since a write failed (" + cause.text +
                       "): start the program anew");
}

}  // namespace

Committer::Committer(Files& files, Clock& clock, const NativeLogSettings& settings,
                     GroupPorts ports, std::function<void()> after_group)
    : files_(files),
      clock_(clock),
      settings_(settings),
      ports_(ports),
      after_group_(std::move(after_group)),
      thread_([this] { run(); }) {}

Committer::~Committer() { [[maybe_unused]] Status closed = close(); }

void Committer::submit(CommitRequest& request, Resumption waiter) {
    request.waiter = std::move(waiter);
    {
        std::scoped_lock lock(mutex_);
        bool is_full = !queue_.empty() && queue_bytes_ + request.bytes > settings_.queue_bytes_max;
        if (!is_closing_ && !is_full) {
            queue_.push_back(&request);
            queue_bytes_ += request.bytes;
            arrived_.notify_one();
            return;
        }
        ++counts_.refused;
        refuse(request, unavailable(is_closing_ ? "the log is closed"
                                                : "too much waits for the disk: try again"));
    }
    std::vector<Resumption> waiting;
    waiting.push_back(std::move(request.waiter));
    resume_all(std::move(waiting));
}

void Committer::submit_and_wait(CommitRequest& request) {
    // Shared: the waiter may be gone before set_value() has returned.
    auto done = std::make_shared<std::promise<void>>();
    submit(request, {.handler = [done] { done->set_value(); }});
    done->get_future().wait();
}

void Committer::run() {
    pthread_setname_np(pthread_self(), "committer");
    ask_for_short_slice();
    for (;;) {
        Group group = take_group();
        if (group.empty()) return;
        serve(group);
        std::vector<Resumption> waiting;
        waiting.reserve(group.size());
        for (CommitRequest* request : group) waiting.push_back(std::move(request->waiter));
        resume_all(std::move(waiting));  // from here on the requests may be gone
    }
}

// A change of topics is a group of its own, in its place in the queue.
Committer::Group Committer::take_group() {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [&] { return is_closing_ || !queue_.empty(); });
    Group group;
    std::uint64_t bytes = 0;
    while (!queue_.empty()) {
        CommitRequest* next = queue_.front();
        bool fits = !next->is_change() && !group.empty() && !group.front()->is_change() &&
                    bytes + journal_bytes(*next) <= settings_.group_bytes_max;
        if (!group.empty() && !fits) break;
        group.push_back(next);
        bytes += journal_bytes(*next);
        queue_bytes_ -= next->bytes;
        queue_.pop_front();
    }
    return group;
}

void Committer::serve(Group& group) {
    if (auto failed = failure()) {
        for (CommitRequest* request : group) refuse(*request, failed_log(*failed));
        return count(group, false);
    }
    if (group.front()->is_change()) {
        return settle(group, commit_change(ports_, *group.front(), clock_.now_ms()));
    }
    if (auto space = check_space(); !space) return settle(group, {.status = std::move(space)});
    settle(group, commit_group(ports_, group, clock_.now_ms()));
}

// A failed write or sync is final; a refusal (a full disk, a topic that exists) is an answer.
void Committer::settle(Group& group, GroupResult result) {
    if (result.status) {
        count(group, true);
        if (result.is_stored) after_group_();
        return;
    }
    if (result.is_final) fail_for_good(result.status.error());
    Error told = result.is_final ? failed_log(result.status.error()) : result.status.error();
    for (CommitRequest* request : group) refuse(*request, told);
    count(group, false);
}

// Below the floor nothing is taken, so that reading, answering and stopping still have room.
Status Committer::check_space() const {
    TRY(std::uint64_t free, files_.free_bytes(settings_.directory));
    TRY(std::uint64_t total, files_.total_bytes(settings_.directory));
    auto share =
        static_cast<std::uint64_t>(static_cast<double>(total) * settings_.free_ratio_floor);
    std::uint64_t floor = std::max(settings_.free_bytes_floor, share);
    if (free >= floor) return {};
    return fail(Errc::no_space,
                fmt::format("the disk of {} has {} MiB free, less than the floor of {} "
                            "MiB: make room or lower the floor",
                            settings_.directory, free >> 20, floor >> 20));
}

void Committer::fail_for_good(const Error& error) {
    {
        std::scoped_lock lock(mutex_);
        if (failure_) return;
        failure_ = error;
    }
    log_error("eventlog", "the log takes nothing more: {}", error.text);
    if (settings_.on_failure) settings_.on_failure(error);
}

std::optional<Error> Committer::failure() const {
    std::scoped_lock lock(mutex_);
    return failure_;
}

void Committer::count(const Group& group, bool is_stored) {
    std::scoped_lock lock(mutex_);
    if (!is_stored) {
        counts_.refused += static_cast<std::int64_t>(group.size());
        return;
    }
    if (group.front()->is_change()) return;
    ++counts_.groups;
    for (const CommitRequest* request : group) {
        counts_.bytes += static_cast<std::int64_t>(request->bytes);
        for (const AppendItem& item : request->items) {
            bool is_stored_now = item.partition && item.outcome && !item.outcome->is_repeat;
            if (is_stored_now) counts_.records += item.header.record_count;
        }
    }
}

Status Committer::close() {
    {
        std::scoped_lock lock(mutex_);
        is_closing_ = true;
        arrived_.notify_one();
    }
    if (thread_.joinable()) thread_.join();
    if (auto failed = failure()) return std::unexpected(*failed);
    return {};
}

LogHealth Committer::health() const {
    std::scoped_lock lock(mutex_);
    if (failure_) return {false, failure_->text};
    if (is_closing_) return {false, "the log is closed"};
    return {};
}

LogCounts Committer::counts() const {
    std::scoped_lock lock(mutex_);
    LogCounts counts = counts_;
    counts.waiting_bytes = static_cast<std::int64_t>(queue_bytes_);
    return counts;
}

}  // namespace pinflow::eventlog
