// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/this_coro.hpp>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "base/result.h"
#include "base/resumption.h"
#include "base/task.h"

namespace pinflow::kafka {

// One thread that asks what librdkafka answers only by making its caller wait: question by
// question, so that no reactor ever waits.
class Questions final {
public:
    Questions();
    ~Questions();  // stops
    Questions(const Questions&) = delete;
    Questions& operator=(const Questions&) = delete;

    // What `question` gives on that thread; unavailable where too many wait, cancelled once
    // stopped. Any reactor.
    template <class T>
    Task<Result<T>> ask(std::function<Result<T>()> question) {
        auto executor = co_await boost::asio::this_coro::executor;
        auto answer = std::make_shared<Result<T>>();
        auto run = [answer, question = std::move(question)](std::optional<Error> refusal) {
            if (refusal) {
                *answer = std::unexpected(std::move(*refusal));
            } else {
                *answer = question();
            }
        };
        co_await suspend(executor.context(),
                         [this, run = std::move(run)](Resumption waiter) mutable {
                             submit({std::move(run), std::move(waiter)});
                         });
        co_return std::move(*answer);
    }

    void tell(std::function<void()> order);  // not waited for; dropped where ask() would be refused

    // For who asks and must ask again: false once stopped. On the questions' thread.
    bool pause(std::chrono::milliseconds time);

    void stop();  // ends when the question under way does; refuses what waits and what comes

private:
    struct Entry {
        std::function<void(std::optional<Error>)> run;
        std::optional<Resumption> waiter;
    };
    void submit(Entry entry);
    void work();
    static void refuse(Entry entry, Error error);

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Entry> waiting_;
    bool is_stopping_ = false;
    std::thread thread_;
};

}  // namespace pinflow::kafka
