// SPDX-License-Identifier: Apache-2.0
#include "remote/kinesis/callers.h"

#include <fmt/format.h>
#include <pthread.h>

#include <boost/asio/this_coro.hpp>
#include <utility>

namespace pinflow::kinesis {
namespace {

void resume(Resumption caller) {
    std::vector<Resumption> one;
    one.push_back(std::move(caller));
    resume_all(std::move(one));
}

}  // namespace

Callers::Callers(net::HttpClientSettings settings) : settings_(std::move(settings)) {}

Callers::~Callers() {
    stop();
    threads_.clear();  // joins; each empties the queue before it ends
}

Task<Status> Callers::run(Job job, std::size_t bytes) {
    auto executor = co_await boost::asio::this_coro::executor;
    Status outcome;
    co_await suspend(executor.context(), [&](Resumption caller) {
        // Once it is in the queue a thread may resume this coroutine: touch its frame no more.
        Waiting waiting{std::move(job), bytes, &outcome, std::move(caller)};
        Status queued = enqueue(waiting);
        if (queued) return;
        *waiting.outcome = std::move(queued);
        resume(std::move(waiting.caller));
    });
    co_return outcome;
}

Status Callers::enqueue(Waiting& waiting) {
    std::scoped_lock lock(mutex_);
    if (is_stopped()) return fail(Errc::cancelled, "stopped before it was sent");
    if (queue_.size() >= kWaitingMax || queue_bytes_ + waiting.bytes > kWaitingBytesMax) {
        return fail(Errc::unavailable, "too many requests wait to be sent; nothing was sent");
    }
    queue_bytes_ += waiting.bytes;
    queue_.push_back(std::move(waiting));
    if (queue_.size() > idle_ && threads_.size() < static_cast<std::size_t>(kThreads)) {
        threads_.emplace_back([this] { work(); });
    }
    has_work_.notify_one();
    return {};
}

void Callers::work() {
    pthread_setname_np(pthread_self(), "kinesis");
    auto client = net::HttpClient::open(settings_);
    while (std::optional<Waiting> waiting = next()) {
        Status& outcome = *waiting->outcome;
        if (!client) outcome = std::unexpected(client.error());
        if (is_stopped()) outcome = fail(Errc::cancelled, "stopped before it was sent");
        if (outcome) waiting->job(**client, stop_.get_token());
        finish(*std::move(waiting));
    }
}

// Nothing when stopped, and nobody waits any more.
std::optional<Callers::Waiting> Callers::next() {
    std::unique_lock lock(mutex_);
    ++idle_;
    has_work_.wait(lock, [this] { return !queue_.empty() || is_stopped(); });
    --idle_;
    if (queue_.empty()) return std::nullopt;
    Waiting first = std::move(queue_.front());
    queue_.pop_front();
    ++running_;
    queue_bytes_ -= first.bytes;
    return first;
}

void Callers::finish(Waiting waiting) {
    resume(std::move(waiting.caller));
    std::scoped_lock lock(mutex_);
    --running_;
    is_done_.notify_all();
}

void Callers::stop() {
    std::unique_lock lock(mutex_);
    stop_.request_stop();
    has_work_.notify_all();
    is_done_.wait(lock, [this] { return queue_.empty() && running_ == 0; });
}

}  // namespace pinflow::kinesis
