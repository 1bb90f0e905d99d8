// SPDX-License-Identifier: Apache-2.0
#include "schedule/execution.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "base/crash_point.h"
#include "base/reactor.h"
#include "base/text.h"
#include "schedule/step_thread.h"
#include "schedule/times_text.h"

namespace pinflow::schedule {
namespace {

bool is_final(StepState state) {
    return state != StepState::waiting && state != StepState::running;
}

// A step with its newest attempt.
struct Progress {
    RunStep shown;  // as the book has it, or will with the next write
    std::unique_ptr<StepThread> thread;
    std::int64_t began_us = 0;
    std::int64_t due_us = 0;   // waiting: not to be tried before
    std::int64_t told_us = 0;  // running: when it was told to stop; 0: it was not
    std::string told_why;
};

class Executor final {
public:
    Executor(RunBook& book, Clock& clock, Run run, const Graph& graph,
             const ExecutionSettings& settings)
        : book_(book), clock_(clock), run_(std::move(run)), graph_(graph), settings_(settings) {}

    Result<Execution> run();

private:
    void plan();
    void look();
    void take_outcomes();
    void take_outcome(std::size_t at, Result<std::optional<Ledger>> outcome);
    void end_step(std::size_t at, StepState state, std::string reason);
    void try_again(std::size_t at);
    void keep_times(std::size_t at);
    void tell_to_stop(std::size_t at, const std::string& why);
    void cancel(const std::string& why);
    void leave_behind(std::size_t at);
    void settle_waiting();
    std::vector<std::size_t> choose_starts();
    void write();
    void start(const std::vector<std::size_t>& chosen);
    bool is_over() const;
    void wait();
    Result<Execution> finish();
    void judge();

    void change(std::size_t at) { changed_.push_back(steps_[at].shown); }
    std::int64_t running_count() const {
        return std::ranges::count(steps_, StepState::running,
                                  [](const Progress& step) { return step.shown.state; });
    }

    RunBook& book_;
    Clock& clock_;
    Run run_;
    const Graph& graph_;
    const ExecutionSettings& settings_;
    const std::shared_ptr<Bell> bell_ = std::make_shared<Bell>();
    std::vector<Progress> steps_;
    std::vector<RunStep> changed_;  // since the last write
    std::optional<std::string> cancelled_;
    Status book_status_;  // the first failure of the book
    std::int64_t began_us_ = 0;
    std::int64_t looked_us_ = 0;
    bool is_look_due_ = true;
    bool is_stuck_ = false;
};

Result<Execution> Executor::run() {
    plan();
    while (true) {
        look();
        take_outcomes();
        settle_waiting();
        auto chosen = choose_starts();
        write();
        if (book_status_) start(chosen);
        if (is_over()) return finish();
        wait();
    }
}

void Executor::plan() {
    began_us_ = clock_.steady_us();
    for (std::size_t at = 0; at < graph_.steps().size(); ++at) {
        const Step& step = graph_.steps()[at];
        RunStep shown{.position = static_cast<int>(at), .name = step.name};
        if (!step.needs.empty()) shown.reason = "waits for " + join(step.needs, ", ");
        steps_.push_back({.shown = std::move(shown)});
        change(at);
    }
}

// What nobody rings for: a cancel of another process, time that is up.
void Executor::look() {
    std::int64_t now_us = clock_.steady_us();
    if (!is_look_due_ && now_us - looked_us_ < settings_.look / std::chrono::microseconds(1))
        return;
    is_look_due_ = false;
    looked_us_ = now_us;
    if (auto reason = settings_.stop_reason()) cancel(*reason);
    auto asked = run_here(book_.cancel_reason(run_.id));
    if (asked && *asked) cancel(**asked);
    for (std::size_t at = 0; at < steps_.size(); ++at) {
        Progress& step = steps_[at];
        if (!step.thread) continue;
        std::int64_t timeout_ms = graph_.steps()[at].timeout_ms;
        bool is_late = timeout_ms > 0 && now_us - step.began_us >= timeout_ms * 1'000;
        if (is_late && step.told_us == 0) {
            tell_to_stop(at, fmt::format("timed out after {}", duration_text(timeout_ms)));
        } else if (step.told_us != 0) {
            step.thread->stop();  // again: see StepContext::when_stopped
            if (now_us - step.told_us >= settings_.stop_grace_ms * 1'000) leave_behind(at);
        }
    }
}

void Executor::tell_to_stop(std::size_t at, const std::string& why) {
    Progress& step = steps_[at];
    if (step.told_us != 0) return;
    step.told_us = std::max<std::int64_t>(clock_.steady_us(), 1);
    step.told_why = why;
    step.thread->stop();
}

void Executor::cancel(const std::string& why) {
    if (cancelled_) return;
    cancelled_ = why;
    for (std::size_t at = 0; at < steps_.size(); ++at) {
        if (steps_[at].thread) tell_to_stop(at, why);
        if (steps_[at].shown.state == StepState::waiting) end_step(at, StepState::cancelled, why);
    }
}

void Executor::leave_behind(std::size_t at) {
    is_stuck_ = true;
    Progress& step = steps_[at];
    step.thread.reset();
    keep_times(at);
    end_step(at, StepState::failed,
             fmt::format("{}, and did not stop within {} of being told; its thread is left behind: "
                         "this process runs nothing more, start it again",
                         step.told_why, duration_text(settings_.stop_grace_ms)));
}

void Executor::take_outcomes() {
    for (std::size_t at = 0; at < steps_.size(); ++at) {
        if (!steps_[at].thread) continue;
        if (auto outcome = steps_[at].thread->take_outcome()) {
            steps_[at].thread.reset();
            take_outcome(at, *std::move(outcome));
        }
    }
}

void Executor::keep_times(std::size_t at) {
    RunStep& shown = steps_[at].shown;
    shown.ended_ms = clock_.now_ms();
    shown.duration_us = clock_.steady_us() - steps_[at].began_us;
}

void Executor::take_outcome(std::size_t at, Result<std::optional<Ledger>> outcome) {
    Progress& step = steps_[at];
    keep_times(at);
    if (outcome) {
        step.shown.ledger = *outcome;
        return end_step(at, StepState::succeeded, "");
    }
    if (cancelled_ && step.told_us != 0) return end_step(at, StepState::cancelled, step.told_why);
    bool is_late = step.told_us != 0;
    std::string error = is_late ? step.told_why : outcome.error().text;
    bool is_last = step.shown.attempt > graph_.steps()[at].retries;
    bool is_worth = is_late || is_worth_retrying(outcome.error().code);
    if (!is_last && !is_worth) error += "\nnot tried again: the same input gives the same error";
    end_step(at, StepState::failed, error);
    if (!is_last && is_worth && !cancelled_) try_again(at);
}

void Executor::end_step(std::size_t at, StepState state, std::string reason) {
    steps_[at].shown.state = state;
    steps_[at].shown.reason = std::move(reason);
    change(at);
}

void Executor::try_again(std::size_t at) {
    Progress& step = steps_[at];
    std::int64_t delay_ms = graph_.steps()[at].retry_delay_ms;
    step.shown = RunStep{.position = step.shown.position,
                         .name = step.shown.name,
                         .attempt = step.shown.attempt + 1,
                         .reason = fmt::format("tried again {} after attempt {} failed",
                                               duration_text(delay_ms), step.shown.attempt)};
    step.told_us = 0;
    step.due_us = clock_.steady_us() + delay_ms * 1'000;
    change(at);
}

// In the graph's order, so that one pass reaches all that is behind a failure.
void Executor::settle_waiting() {
    for (std::size_t at = 0; at < steps_.size(); ++at) {
        if (steps_[at].shown.state != StepState::waiting) continue;
        for (std::size_t need : graph_.needs(at)) {
            const RunStep& needed = steps_[need].shown;
            if (!is_final(needed.state) || needed.state == StepState::succeeded) continue;
            end_step(at, StepState::upstream_failed, "needs " + needed.name + ", which failed");
            break;
        }
    }
}

std::vector<std::size_t> Executor::choose_starts() {
    std::vector<std::size_t> chosen;
    std::int64_t now_us = clock_.steady_us();
    std::int64_t room = settings_.steps_at_once - running_count();
    for (std::size_t at = 0; at < steps_.size() && room > 0; ++at) {
        Progress& step = steps_[at];
        auto is_done = [&](std::size_t need) {
            return steps_[need].shown.state == StepState::succeeded;
        };
        if (step.shown.state != StepState::waiting || step.due_us > now_us ||
            !std::ranges::all_of(graph_.needs(at), is_done)) {
            continue;
        }
        step.shown.state = StepState::running;
        step.shown.reason.clear();
        step.shown.started_ms = clock_.now_ms();
        change(at);
        chosen.push_back(at);
        --room;
    }
    return chosen;
}

void Executor::write() {
    std::vector<RunLogLine> log;
    {
        std::scoped_lock lock(bell_->mutex);
        log.swap(bell_->log);
    }
    if (!book_status_ || (changed_.empty() && log.empty())) return;
    book_status_ = run_here(book_.record(run_.id, std::move(changed_), std::move(log)));
    changed_.clear();
    crash_point("schedule.recorded");
    if (book_status_) return;
    // Nothing that runs now can be written down: end it.
    for (std::size_t at = 0; at < steps_.size(); ++at) {
        if (steps_[at].thread) tell_to_stop(at, "the run book failed");
    }
}

void Executor::start(const std::vector<std::size_t>& chosen) {
    for (std::size_t at : chosen) {
        steps_[at].began_us = clock_.steady_us();
        steps_[at].thread = std::make_unique<StepThread>(graph_.steps()[at],
                                                         steps_[at].shown.attempt, clock_, bell_);
        crash_point("schedule.step_started");
    }
}

bool Executor::is_over() const {
    auto is_at_work = [](const Progress& step) { return step.thread != nullptr; };
    if (std::ranges::any_of(steps_, is_at_work)) return false;
    auto is_done = [](const Progress& step) { return is_final(step.shown.state); };
    return !book_status_ || (std::ranges::all_of(steps_, is_done) && changed_.empty());
}

// Until a step is done, or the next look. A retry or a timeout that is due sooner shortens it.
void Executor::wait() {
    std::int64_t now_us = clock_.steady_us();
    std::int64_t until_us = now_us + settings_.look / std::chrono::microseconds(1);
    for (std::size_t at = 0; at < steps_.size(); ++at) {
        const Progress& step = steps_[at];
        if (step.shown.state == StepState::waiting && step.due_us > now_us) {
            until_us = std::min(until_us, step.due_us);
        }
        std::int64_t timeout_ms = graph_.steps()[at].timeout_ms;
        if (step.thread && timeout_ms > 0 && step.told_us == 0) {
            until_us = std::min(until_us, step.began_us + timeout_ms * 1'000);
        }
    }
    is_look_due_ =
        !bell_->wait(std::chrono::microseconds(std::max<std::int64_t>(until_us - now_us, 0)));
}

void Executor::judge() {
    Ledger total;
    bool has_ledger = false;
    std::string failed;
    int failed_count = 0;
    for (const Progress& step : steps_) {
        if (step.shown.ledger) total += *step.shown.ledger;
        has_ledger |= step.shown.ledger.has_value();
        if (step.shown.state == StepState::failed && ++failed_count == 1) {
            failed = fmt::format("step {}: {}", step.shown.name, step.shown.reason);
        }
    }
    if (failed_count > 1) failed += fmt::format(" (and {} more failed)", failed_count - 1);
    auto is_done = [](const Progress& step) { return step.shown.state == StepState::succeeded; };
    bool all_done = std::ranges::all_of(steps_, is_done);
    if (all_done && !total.adds_up()) failed = "the ledger does not add up; please report this";
    if (cancelled_ && !all_done && failed.empty()) {
        run_.state = RunState::cancelled;
        run_.reason = *cancelled_;
    } else if (!failed.empty()) {
        run_.state = RunState::failed;
        run_.reason = std::move(failed);
    } else {
        run_.state = RunState::succeeded;
        run_.reason.clear();
        if (has_ledger) run_.ledger = total;
    }
}

Result<Execution> Executor::finish() {
    if (!book_status_) {
        return with_context(std::move(book_status_).error(), fmt::format("run {}", run_.id));
    }
    judge();
    run_.ended_ms = clock_.now_ms();
    run_.duration_us = clock_.steady_us() - began_us_;
    crash_point("schedule.before_finish");
    TRY_STATUS(run_here(book_.finish(run_)));
    return Execution{.run = run_, .is_stuck = is_stuck_};
}

}  // namespace

Result<Execution> execute(RunBook& book, Clock& clock, Run run, const Graph& graph,
                          const ExecutionSettings& settings) {
    return Executor(book, clock, std::move(run), graph, settings).run();
}

}  // namespace pinflow::schedule
