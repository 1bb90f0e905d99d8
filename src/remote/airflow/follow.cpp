// SPDX-License-Identifier: Apache-2.0
#include "remote/airflow/follow.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/reactor.h"
#include "base/text.h"
#include "remote/airflow/story.h"

namespace pinflow::airflow {
namespace {

bool is_worth_asking_again(Errc code) {
    return code == Errc::unavailable || code == Errc::timed_out || code == Errc::io;
}

// A DAG may be parsed, or unpaused, while we wait.
bool is_worth_triggering_again(Errc code) {
    return is_worth_asking_again(code) || code == Errc::not_found || code == Errc::failed_check;
}

class Follower final {
public:
    Follower(RunBook& book, Clock& clock, AirflowClient& client, Run run,
             const FollowSettings& settings)
        : book_(book),
          clock_(clock),
          client_(client),
          run_(std::move(run)),
          id_(dag_run_id(run_)),
          settings_(settings) {}

    Result<Run> follow();

private:
    enum class Next { go_on, over };

    Result<Next> trigger();
    Result<Next> try_trigger(RunStep& step);
    Result<Next> look();
    Result<Next> take(const std::string& state, const std::vector<TaskAnswer>& tasks);
    Result<Next> bear(const Error& error);
    Result<Next> wait(std::int64_t time_ms);
    Result<Next> cancel(const std::string& why, bool ends_airflows);
    Status record(std::vector<RunStep> steps);
    void log(std::string_view step, int attempt, std::string text);
    Result<Next> end(RunState state, std::string reason);
    std::string why_failed(const RunStep& step);

    RunBook& book_;
    Clock& clock_;
    AirflowClient& client_;
    Run run_;
    const std::string id_;
    const FollowSettings& settings_;
    DagRunStory story_;
    std::vector<RunLogLine> log_;
    RunStep trigger_{.name = std::string(kTriggerStep)};
    std::string state_;  // of the dag run, as last heard
    std::int64_t began_us_ = 0;
    std::int64_t silent_since_us_ = 0;  // 0: it answers
    std::int64_t look_ms_ = kLookFirstMs;
};

Result<Run> Follower::follow() {
    began_us_ = clock_.steady_us();
    TRY(Next next, trigger());
    while (next == Next::go_on) {
        TRY(next, look());
        if (next == Next::over) break;
        TRY(next, wait(look_ms_));
    }
    return run_;
}

void Follower::log(std::string_view step, int attempt, std::string text) {
    log_.push_back({.at_ms = clock_.now_ms(),
                    .step = std::string(step),
                    .attempt = attempt,
                    .text = std::move(text)});
}

Status Follower::record(std::vector<RunStep> steps) {
    if (steps.empty() && log_.empty()) return {};
    return run_here(book_.record(run_.id, std::move(steps), std::exchange(log_, {})));
}

Result<Follower::Next> Follower::trigger() {
    for (int attempt = 1;; ++attempt) {
        trigger_ = RunStep{.name = std::string(kTriggerStep),
                           .attempt = attempt,
                           .state = StepState::running,
                           .started_ms = clock_.now_ms()};
        TRY_STATUS(record({trigger_}));
        std::int64_t tried_us = clock_.steady_us();
        TRY(Next next, try_trigger(trigger_));
        trigger_.ended_ms = clock_.now_ms();
        trigger_.duration_us = clock_.steady_us() - tried_us;
        TRY_STATUS(record({trigger_}));
        if (trigger_.state == StepState::succeeded) return Next::go_on;
        if (next == Next::over || attempt > settings_.retries)
            return end(RunState::failed, fmt::format("step {}: {}", kTriggerStep, trigger_.reason));
        trigger_ = RunStep{.name = std::string(kTriggerStep),
                           .attempt = attempt + 1,
                           .reason = fmt::format("tried again after attempt {} failed", attempt)};
        TRY_STATUS(record({trigger_}));
        TRY(next, wait(settings_.retry_delay_ms));
        if (next == Next::over) return next;
    }
}

// `over`: trying again gives the same.
Result<Follower::Next> Follower::try_trigger(RunStep& step) {
    auto refuse = [&step](const Error& error) {
        step.state = StepState::failed;
        step.reason = error.text;
        return is_worth_triggering_again(error.code) ? Next::go_on : Next::over;
    };
    if (auto sound = client_.check_dag(); !sound) return refuse(sound.error());
    auto is_new = client_.trigger(id_, run_.date);
    if (!is_new) return refuse(is_new.error());
    step.state = StepState::succeeded;
    log(kTriggerStep, step.attempt,
        fmt::format("dag run {} {}: {}", id_, *is_new ? "is triggered" : "was there already",
                    client_.run_page(id_)));
    if (auto order = client_.order()) story_ = DagRunStory(*order);  // else as they are met
    return Next::go_on;
}

Result<Follower::Next> Follower::look() {
    // In this order: what has ended with the run is then seen to have ended.
    auto state = client_.run_state(id_);
    if (!state) return bear(state.error());
    auto tasks = client_.tasks(id_);
    if (!tasks) return bear(tasks.error());
    if (silent_since_us_ != 0) log(kTriggerStep, trigger_.attempt, "Airflow answers again");
    silent_since_us_ = 0;
    return take(*state, *tasks);
}

std::string Follower::why_failed(const RunStep& step) {
    auto end = client_.log_end(id_, {.task = step.name}, step.attempt);
    if (!end) return fmt::format("failed in Airflow; its log cannot be read: {}", end.error().text);
    return end->empty() ? "failed in Airflow; its log is empty"
                        : "failed in Airflow; its log ends:\n" + *end;
}

Result<Follower::Next> Follower::take(const std::string& state,
                                      const std::vector<TaskAnswer>& tasks) {
    std::vector<RunStep> changed = story_.look(tasks);
    for (RunStep& step : changed) {
        if (step.state == StepState::failed) {
            step.reason = why_failed(step);
            story_.set_reason(step, step.reason);
        }
        log(step.name, step.attempt, fmt::format("{} in Airflow", name_of(step.state)));
    }
    bool has_changed = !changed.empty() || state != state_;
    look_ms_ = has_changed ? kLookFirstMs : std::min(look_ms_ * 3 / 2, kLookMaxMs);
    if (state != state_) {
        log(kTriggerStep, trigger_.attempt,
            fmt::format(
                "the dag run is {}{}", state,
                state == "queued" ? ": Airflow begins it when its earlier runs have ended" : ""));
    }
    state_ = state;
    TRY_STATUS(record(std::move(changed)));
    if (state == "success") return end(RunState::succeeded, "");
    if (state == "failed") {
        std::string failure = story_.failure();
        return end(
            RunState::failed,
            failure.empty() ? fmt::format("dag run {} is marked failed in Airflow", id_) : failure);
    }
    if ((clock_.steady_us() - began_us_) / 1'000 < kDagRunMaxMs) return Next::go_on;
    return end(RunState::failed,
               fmt::format("dag run {} is still {} after a day, and is left to Airflow: {}", id_,
                           state, client_.run_page(id_)));
}

// Airflow is away, or has no place for us: that is no reason to give up its run at once.
Result<Follower::Next> Follower::bear(const Error& error) {
    std::string unknown =
        fmt::format("; what became of dag run {} is in Airflow: {}", id_, client_.run_page(id_));
    if (!is_worth_asking_again(error.code)) return end(RunState::failed, error.text + unknown);
    std::int64_t now_us = clock_.steady_us();
    if (silent_since_us_ == 0) {
        silent_since_us_ = std::max<std::int64_t>(now_us, 1);
        log(kTriggerStep, trigger_.attempt, error.text + "; asked again");
        TRY_STATUS(record({}));
    }
    look_ms_ = std::min(look_ms_ * 3 / 2, kLookMaxMs);
    if ((now_us - silent_since_us_) / 1'000 < kSilenceMaxMs) return Next::go_on;
    return end(RunState::failed, fmt::format("no answer for {} minutes: {}{}",
                                             kSilenceMaxMs / 60'000, error.text, unknown));
}

Result<Follower::Next> Follower::wait(std::int64_t time_ms) {
    std::int64_t until_us = clock_.steady_us() + time_ms * 1'000;
    while (true) {
        if (auto reason = settings_.stop_reason()) return cancel(*reason, false);
        auto asked = run_here(book_.cancel_reason(run_.id));
        if (asked && *asked) return cancel(**asked, true);
        std::int64_t left_ms = (until_us - clock_.steady_us()) / 1'000;
        if (left_ms <= 0) return Next::go_on;
        auto slice = std::min(kWaitSlice, std::chrono::milliseconds(left_ms));
        if (settings_.wait) settings_.wait(slice);
        else poll(nullptr, 0, static_cast<int>(slice.count()));
    }
}

Result<Follower::Next> Follower::cancel(const std::string& why, bool ends_airflows) {
    if (trigger_.state != StepState::succeeded) return end(RunState::cancelled, why);
    if (!ends_airflows) {
        return end(RunState::cancelled, fmt::format("{}; dag run {} goes on in Airflow: {}", why,
                                                    id_, client_.run_page(id_)));
    }
    auto ended = client_.end_run(id_);
    return end(
        RunState::cancelled,
        ended ? fmt::format("{}; dag run {} is marked failed in Airflow", why, id_)
              : fmt::format("{}; dag run {} could not be ended: {}", why, id_, ended.error().text));
}

Result<Follower::Next> Follower::end(RunState state, std::string reason) {
    StepState left =
        state == RunState::cancelled ? StepState::cancelled : StepState::upstream_failed;
    std::vector<RunStep> steps = story_.close(left, "nobody looks at it any longer");
    if (trigger_.state == StepState::waiting) {
        trigger_.state = left;
        trigger_.reason = reason;
        steps.push_back(trigger_);
    }
    TRY_STATUS(record(std::move(steps)));
    run_.state = state;
    run_.reason = std::move(reason);
    run_.ended_ms = clock_.now_ms();
    run_.duration_us = clock_.steady_us() - began_us_;
    TRY_STATUS(run_here(book_.finish(run_)));
    return Next::over;
}

}  // namespace

std::string dag_run_id(const Run& run) {
    std::string at = format_utc(run.logical_ms);  // "2026-11-25 00:00:00"
    std::ranges::replace(at, ' ', 'T');
    std::string id = fmt::format("pinflow__{}Z", at);
    return run.trigger == RunTrigger::scheduled ? id : fmt::format("{}__{}", id, run.id);
}

Result<Run> follow_dag_run(RunBook& book, Clock& clock, AirflowClient& client, Run run,
                           const FollowSettings& settings) {
    return Follower(book, clock, client, std::move(run), settings).follow();
}

}  // namespace pinflow::airflow
