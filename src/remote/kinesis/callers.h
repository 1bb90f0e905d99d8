// SPDX-License-Identifier: Apache-2.0
// The threads on which requests are made and sent and answers waited for and read, so that no
// reactor is blocked.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include "base/result.h"
#include "base/resumption.h"
#include "base/task.h"
#include "net/http_client.h"
#include "remote/kinesis/settings.h"

namespace pinflow::kinesis {

class Callers final {
public:
    explicit Callers(net::HttpClientSettings settings);
    ~Callers();  // stop(), and waits for the threads
    Callers(const Callers&) = delete;
    Callers& operator=(const Callers&) = delete;

    // On one of the threads, with its connections. What it refers to lives in the caller's frame.
    using Job = std::move_only_function<void(net::HttpClient&, const std::stop_token&)>;

    // Completes on the caller's reactor, which outlives it, when the job has run. unavailable: too
    // much waits, and it was not run; cancelled: nor when stopped. `bytes`: what it keeps in
    // memory. Any reactor.
    Task<Status> run(Job job, std::size_t bytes);

    // What is under way or waits is cancelled at once, and all that comes. When it returns no job
    // runs, and what their callers gave them may go. Any thread.
    void stop();
    bool is_stopped() const { return stop_.stop_requested(); }

private:
    struct Waiting {
        Job job;
        std::size_t bytes = 0;
        Status* outcome = nullptr;  // in the caller's frame
        Resumption caller;
    };

    Status enqueue(Waiting& waiting);
    void work();
    std::optional<Waiting> next();
    void finish(Waiting waiting);

    const net::HttpClientSettings settings_;
    std::stop_source stop_;

    std::mutex mutex_;
    std::condition_variable has_work_;
    std::condition_variable is_done_;
    std::deque<Waiting> queue_;
    std::size_t queue_bytes_ = 0;
    std::size_t running_ = 0;
    std::size_t idle_ = 0;               // threads that wait for a request
    std::vector<std::jthread> threads_;  // begun by the first request: an idle twin has none
};

}  // namespace pinflow::kinesis
