// SPDX-License-Identifier: Apache-2.0
#include "remote/airflow/story.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.h"

namespace pinflow::airflow {
namespace {

constexpr std::string_view kRetry = "up_for_retry";

// Airflow's states of a task (airflow/utils/state.py); those that are not here wait.
struct StateMeaning {
    std::string_view airflow;
    StepState step;
    std::string_view reason;
};

constexpr StateMeaning kMeanings[] = {
    {"running", StepState::running, ""},
    {"success", StepState::succeeded, ""},
    {"failed", StepState::failed, "failed in Airflow"},
    {kRetry, StepState::failed, "failed in Airflow"},
    {"upstream_failed", StepState::upstream_failed, "a task before it failed"},
    {"skipped", StepState::cancelled, "skipped in Airflow"},
    {"removed", StepState::cancelled, "the task is no longer in the DAG's file"},
    {"scheduled", StepState::waiting, "scheduled in Airflow, which has no slot for it yet"},
    {"queued", StepState::waiting, "queued in Airflow: a worker has to take it"},
    {"restarting", StepState::waiting, "restarted in Airflow"},
    {"deferred", StepState::waiting, "deferred: it waits for its trigger in Airflow"},
    {"up_for_reschedule", StepState::waiting, "its sensor waits in Airflow"},
    {"awaiting_input", StepState::waiting, "it waits for somebody to answer in Airflow"},
};

bool is_final(StepState state) {
    return state != StepState::waiting && state != StepState::running;
}

bool is_same(const RunStep& one, const RunStep& other) {
    return one.state == other.state && one.reason == other.reason &&
           one.started_ms == other.started_ms && one.ended_ms == other.ended_ms;
}

// Kahn's: whoever needs nobody that is left comes next, in the answer's own order.
std::vector<std::string> sorted(const std::vector<TaskOrder>& order) {
    std::map<std::string, int> needs;
    for (const TaskOrder& task : order) {
        for (const std::string& next : task.downstream) ++needs[next];
    }
    std::vector<std::string> names;
    std::vector<bool> is_taken(order.size(), false);
    for (bool has_moved = true; has_moved;) {
        has_moved = false;
        for (std::size_t at = 0; at < order.size(); ++at) {
            if (is_taken[at] || needs[order[at].task] > 0) continue;
            is_taken[at] = has_moved = true;
            names.push_back(order[at].task);
            for (const std::string& next : order[at].downstream) --needs[next];
        }
    }
    return names;
}

}  // namespace

DagRunStory::DagRunStory(const std::vector<TaskOrder>& order) {
    for (const std::string& name : sorted(order)) (void)task_named(name);
    for (const TaskOrder& task : order) {
        for (const std::string& next : task.downstream)
            if (tasks_.contains(next)) tasks_[next].needs.push_back(task.task);
    }
}

DagRunStory::Task& DagRunStory::task_named(const std::string& name) {
    auto [found, is_new] = tasks_.try_emplace(name);
    if (is_new) found->second.position = next_position_++;
    return found->second;
}

std::vector<RunStep> DagRunStory::look_at(Task& task, const TaskAnswer& answer) {
    std::vector<RunStep> changed;
    auto set = [&](RunStep step) {
        auto [known, is_new] = task.attempts.try_emplace(step.attempt, step);
        if (!is_new && (is_same(known->second, step) ||
                        (is_final(known->second.state) && known->second.state == step.state)))
            return;
        known->second = step;
        changed.push_back(std::move(step));
    };
    auto step_of = [&](int attempt) {
        return RunStep{.position = task.position, .name = answer.task, .attempt = attempt};
    };
    const int now = std::max(answer.try_number, 1);
    // What went by between two looks.
    for (auto& [attempt, known] : task.attempts) {
        if (attempt >= now || is_final(known.state)) continue;
        RunStep lost = known;
        lost.state = StepState::failed;
        lost.reason = "failed in Airflow";
        lost.ended_ms = std::max(lost.ended_ms, answer.started_ms);
        set(std::move(lost));
    }
    RunStep step = step_of(now);
    const auto* meaning = std::ranges::find(kMeanings, answer.state, &StateMeaning::airflow);
    if (meaning != std::end(kMeanings)) {
        step.state = meaning->step;
        step.reason = meaning->reason;
    } else {
        step.reason = !answer.state.empty() ? answer.state + " in Airflow"
                      : task.needs.empty()  ? "Airflow has not looked at it yet"
                                            : "waits for " + join(task.needs, ", ");
    }
    if (step.state != StepState::waiting) {
        step.started_ms = answer.started_ms;
        step.ended_ms = is_final(step.state) ? answer.ended_ms : 0;
        if (step.started_ms > 0 && step.ended_ms > step.started_ms)
            step.duration_us = (step.ended_ms - step.started_ms) * 1'000;
    }
    set(std::move(step));
    if (answer.state == kRetry) {
        RunStep next = step_of(now + 1);
        next.reason = fmt::format("Airflow tries it again after attempt {} failed", now);
        set(std::move(next));
    }
    return changed;
}

std::vector<RunStep> DagRunStory::look(const std::vector<TaskAnswer>& tasks) {
    std::vector<RunStep> changed;
    for (const TaskAnswer& answer : tasks) {
        auto steps = look_at(task_named(answer.task), answer);
        std::ranges::move(steps, std::back_inserter(changed));
    }
    return changed;
}

void DagRunStory::set_reason(const RunStep& step, std::string reason) {
    auto task = tasks_.find(step.name);
    if (task == tasks_.end()) return;
    auto attempt = task->second.attempts.find(step.attempt);
    if (attempt != task->second.attempts.end()) attempt->second.reason = std::move(reason);
}

std::string DagRunStory::failure() const {
    const RunStep* first = nullptr;
    for (const auto& [name, task] : tasks_) {
        if (task.attempts.empty()) continue;
        const RunStep& newest = task.attempts.rbegin()->second;
        if (newest.state != StepState::failed) continue;
        if (first == nullptr || newest.position < first->position) first = &newest;
    }
    return first == nullptr ? "" : fmt::format("step {}: {}", first->name, first->reason);
}

std::vector<RunStep> DagRunStory::close(StepState state, const std::string& reason) {
    std::vector<RunStep> changed;
    for (auto& [name, task] : tasks_) {
        for (auto& [attempt, step] : task.attempts) {
            if (is_final(step.state)) continue;
            step.state = state;
            step.reason = reason;
            changed.push_back(step);
        }
    }
    return changed;
}

}  // namespace pinflow::airflow
