// SPDX-License-Identifier: Apache-2.0
#include "remote/kafka/questions.h"

#include <pthread.h>

namespace pinflow::kafka {
namespace {

constexpr std::size_t kWaitingMax = 10'000;

void resume(std::optional<Resumption> waiter) {
    if (!waiter) return;
    std::vector<Resumption> one;
    one.push_back(std::move(*waiter));
    resume_all(std::move(one));
}

}  // namespace

Questions::Questions() : thread_([this] { work(); }) {
    pthread_setname_np(thread_.native_handle(), "kafka-ask");
}

Questions::~Questions() { stop(); }

void Questions::tell(std::function<void()> order) {
    submit({[order = std::move(order)](std::optional<Error> refusal) {
                if (!refusal) order();
            },
            std::nullopt});
}

void Questions::refuse(Entry entry, Error error) {
    entry.run(std::move(error));
    resume(std::move(entry.waiter));
}

void Questions::submit(Entry entry) {
    {
        std::scoped_lock lock(mutex_);
        if (!is_stopping_ && waiting_.size() < kWaitingMax) {
            waiting_.push_back(std::move(entry));
            changed_.notify_one();
            return;
        }
        if (is_stopping_) {
            entry.run(Error{Errc::cancelled, "the log is closed"});
        } else {
            entry.run(Error{Errc::unavailable, "too many questions to Kafka wait already"});
        }
    }
    resume(std::move(entry.waiter));
}

void Questions::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return is_stopping_ || !waiting_.empty(); });
        if (is_stopping_) return;
        Entry entry = std::move(waiting_.front());
        waiting_.pop_front();
        lock.unlock();
        entry.run(std::nullopt);
        resume(std::move(entry.waiter));
        lock.lock();
    }
}

bool Questions::pause(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    return !changed_.wait_for(lock, time, [this] { return is_stopping_; });
}

void Questions::stop() {
    {
        std::scoped_lock lock(mutex_);
        is_stopping_ = true;
        changed_.notify_one();
    }
    if (thread_.joinable()) thread_.join();
    for (Entry& entry : std::exchange(waiting_, {})) {
        refuse(std::move(entry), {Errc::cancelled, "the log is closed"});
    }
}

}  // namespace pinflow::kafka
