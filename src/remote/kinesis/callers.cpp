// SPDX-License-Identifier: Apache-2.0
#include "remote/kinesis/callers.h"

#include <fmt/format.h>
#include <pthread.h>

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace pinflow::kinesis {

Callers::Callers(net::HttpClientSettings settings) : settings_(std::move(settings)) {}

Callers::~Callers() {
    stop();
    threads_.clear();  // joins; each empties the queue before it ends
}

Task<Status> Callers::run(Job job, std::size_t bytes) {
    constexpr boost::asio::use_awaitable_t<boost::asio::io_context::executor_type> kUseTask;
    auto executor = co_await boost::asio::this_coro::executor;
    auto suspend = [this, &job, bytes, reactor = &executor.context()](auto handler) {
        // Once it is in the queue a thread may resume this coroutine: touch its frame no more.
        auto waiting =
            std::make_unique<Waiting>(std::move(job), bytes, reactor, std::move(handler));
        Status queued = enqueue(waiting);
        if (!queued) wake(std::move(waiting), std::unexpected(std::move(queued).error()));
    };
    co_return co_await boost::asio::async_initiate<decltype(kUseTask), void(Status)>(suspend,
                                                                                     kUseTask);
}

Status Callers::enqueue(std::unique_ptr<Waiting>& waiting) {
    std::scoped_lock lock(mutex_);
    if (is_stopped()) return fail(Errc::cancelled, "stopped before it was sent");
    if (queue_.size() >= kWaitingMax || queue_bytes_ + waiting->bytes > kWaitingBytesMax) {
        return fail(Errc::unavailable, "too many requests wait to be sent; nothing was sent");
    }
    queue_bytes_ += waiting->bytes;
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
    while (std::unique_ptr<Waiting> waiting = next()) {
        Status ready;
        if (!client) ready = std::unexpected(client.error());
        if (is_stopped()) ready = fail(Errc::cancelled, "stopped before it was sent");
        if (ready) waiting->job(**client, stop_.get_token());
        wake(std::move(waiting), std::move(ready));
        std::scoped_lock lock(mutex_);
        --running_;
        is_done_.notify_all();
    }
}

// Nothing when stopped, and nobody waits any more.
std::unique_ptr<Callers::Waiting> Callers::next() {
    std::unique_lock lock(mutex_);
    ++idle_;
    has_work_.wait(lock, [this] { return !queue_.empty() || is_stopped(); });
    --idle_;
    if (queue_.empty()) return nullptr;
    auto first = std::move(queue_.front());
    queue_.pop_front();
    ++running_;
    queue_bytes_ -= first->bytes;
    return first;
}

// On its own reactor. The coroutine goes on only when post() has returned: it may be the last thing
// its reactor waits for, and post() still signals when the handler can run already.
void Callers::wake(std::unique_ptr<Waiting> waiting, Status outcome) const {
    auto posting = posting_;
    std::scoped_lock lock(*posting);
    boost::asio::post(*waiting->reactor, [posting, resume = std::move(waiting->resume),
                                          outcome = std::move(outcome)]() mutable {
        {
            std::scoped_lock until_posted(*posting);
        }
        std::move(resume)(std::move(outcome));
    });
}

void Callers::stop() {
    std::unique_lock lock(mutex_);
    stop_.request_stop();
    has_work_.notify_all();
    is_done_.wait(lock, [this] { return queue_.empty() && running_ == 0; });
}

}  // namespace pinflow::kinesis
