// SPDX-License-Identifier: Apache-2.0
// A dag run's tasks as the run book's steps: which attempts there are, and what has changed since
// they were last looked at. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ports/run_book.h"
#include "remote/airflow/answers.h"

namespace pinflow::airflow {

// The step that comes before the DAG's own: asking Airflow for the run.
inline constexpr std::string_view kTriggerStep = "trigger";

class DagRunStory final {
public:
    // Tasks come in an order in which they could run one by one, behind kTriggerStep; those that
    // `order` does not name, behind them as they are met. A cycle ends the ordering there.
    explicit DagRunStory(const std::vector<TaskOrder>& order = {});

    // The steps that are new or have changed; of those that failed the reason is still the caller's
    // to add, with set_reason.
    std::vector<RunStep> look(const std::vector<TaskAnswer>& tasks);

    void set_reason(const RunStep& step, std::string reason);

    // "step clean_geo: …": the first step whose newest attempt failed; empty if none did.
    std::string failure() const;

    // Attempts that are neither done nor failed, as they are to be when nobody looks any longer.
    std::vector<RunStep> close(StepState state, const std::string& reason);

private:
    struct Task {
        int position = 0;
        std::vector<std::string> needs;
        std::map<int, RunStep> attempts;
    };

    Task& task_named(const std::string& name);
    std::vector<RunStep> look_at(Task& task, const TaskAnswer& answer);

    std::map<std::string, Task> tasks_;
    int next_position_ = 1;  // 0 is kTriggerStep's
};

}  // namespace pinflow::airflow
