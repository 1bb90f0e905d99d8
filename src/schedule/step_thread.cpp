// SPDX-License-Identifier: Apache-2.0
#include "schedule/step_thread.h"

#include <fmt/format.h>
#include <pthread.h>

#include <atomic>
#include <exception>
#include <utility>

namespace pinflow::schedule {

void Bell::ring() {
    std::scoped_lock lock(mutex);
    is_rung = true;
    rung.notify_one();
}

bool Bell::wait(std::chrono::microseconds look) {
    std::unique_lock lock(mutex);
    rung.wait_for(lock, look, [this] { return is_rung; });
    return std::exchange(is_rung, false);
}

class StepThread::State final : public StepContext {
public:
    State(Step step, int attempt, Clock& clock, std::shared_ptr<Bell> bell)
        : step_(std::move(step)), attempt_(attempt), clock_(clock), bell_(std::move(bell)) {}

    int attempt() const override { return attempt_; }

    void log(std::string text) override {
        RunLogLine line{.at_ms = clock_.now_ms(),
                        .step = step_.name,
                        .attempt = attempt_,
                        .text = std::move(text)};
        std::scoped_lock lock(bell_->mutex);
        if (bell_->log.size() < kRunLogLinesMax) bell_->log.push_back(std::move(line));
    }

    bool is_stopped() const override { return is_stopped_.load(); }

    void when_stopped(std::function<void()> interrupt) override {
        std::scoped_lock lock(mutex_);
        interrupt_ = std::move(interrupt);
    }

    void stop() {
        is_stopped_ = true;
        std::scoped_lock lock(mutex_);
        if (interrupt_) interrupt_();
    }

    void work() {
        auto outcome = call();
        {
            std::scoped_lock lock(mutex_);
            interrupt_ = nullptr;  // what it touches goes with the work
            outcome_ = std::move(outcome);
        }
        bell_->ring();
    }

    std::optional<Result<std::optional<Ledger>>> take_outcome() {
        std::scoped_lock lock(mutex_);
        return std::exchange(outcome_, std::nullopt);
    }

private:
    // The one boundary at which exceptions of libraries are caught.
    Result<std::optional<Ledger>> call() {
        try {
            return step_.work(*this);
        } catch (const std::exception& error) {
            return fail(Errc::internal, fmt::format("step {}: {}", step_.name, error.what()));
        }
    }

    const Step step_;
    const int attempt_;
    Clock& clock_;
    const std::shared_ptr<Bell> bell_;
    std::atomic<bool> is_stopped_ = false;
    std::mutex mutex_;
    std::function<void()> interrupt_;                       // guarded
    std::optional<Result<std::optional<Ledger>>> outcome_;  // guarded
};

StepThread::StepThread(Step step, int attempt, Clock& clock, std::shared_ptr<Bell> bell)
    : state_(std::make_shared<State>(std::move(step), attempt, clock, std::move(bell))) {
    thread_ = std::thread([state = state_] {
        pthread_setname_np(pthread_self(), "step");
        state->work();
    });
}

StepThread::~StepThread() {
    if (is_over_) thread_.join();
    else thread_.detach();
}

std::optional<Result<std::optional<Ledger>>> StepThread::take_outcome() {
    auto outcome = state_->take_outcome();
    is_over_ |= outcome.has_value();
    return outcome;
}

void StepThread::stop() { state_->stop(); }

}  // namespace pinflow::schedule
