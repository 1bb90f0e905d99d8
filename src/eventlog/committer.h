// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "eventlog/group_commit.h"
#include "ports/clock.h"

namespace pinflow::eventlog {

struct LogHealth {
    bool is_accepting = true;
    std::string reason;  // why not
};

struct LogCounts {
    std::int64_t groups = 0;
    std::int64_t records = 0;
    std::int64_t bytes = 0;
    std::int64_t refused = 0;        // requests turned away: queue full, disk full, failed
    std::int64_t waiting_bytes = 0;  // now in the queue
};

// The one thread that writes to the log. It takes all that waits, makes it durable at once, and
// completes the waiters; the next group gathers meanwhile. There is never a timer.
class Committer final {
public:
    // `after_group` is called on its thread when a group is durable.
    Committer(Files& files, Clock& clock, const NativeLogSettings& settings, GroupPorts ports,
              std::function<void()> after_group);
    ~Committer();  // closes
    Committer(const Committer&) = delete;
    Committer& operator=(const Committer&) = delete;

    // Takes the request and resumes its waiter when the outcomes are filled in. Any thread. The
    // request must live until then.
    void submit(CommitRequest& request, Resumption waiter);

    // The same, waiting here. Not from a reactor, nor from its own thread.
    void submit_and_wait(CommitRequest& request);

    // Nothing is taken any more: a sync elsewhere has failed. Any thread; the first reason stays.
    void fail_for_good(const Error& error);

    // Finishes what waits, refuses what comes, and ends the thread. ok if all that was acknowledged
    // is whole; the failure otherwise.
    Status close();

    LogHealth health() const;
    LogCounts counts() const;

private:
    using Group = std::vector<CommitRequest*>;

    void run();
    Group take_group();
    void serve(Group& group);
    Status check_space() const;
    std::optional<Error> failure() const;
    void settle(Group& group, GroupResult result);
    void count(const Group& group, bool is_stored);

    Files& files_;
    Clock& clock_;
    const NativeLogSettings& settings_;
    const GroupPorts ports_;
    const std::function<void()> after_group_;

    mutable std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<CommitRequest*> queue_;
    std::uint64_t queue_bytes_ = 0;
    bool is_closing_ = false;
    std::optional<Error> failure_;  // final
    LogCounts counts_;

    std::thread thread_;
};

}  // namespace pinflow::eventlog
