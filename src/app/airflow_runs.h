// SPDX-License-Identifier: Apache-2.0
// Airflow in the place of our own execution, where schedule.runner says so: it is told to run its
// DAG, and what it does is kept as a run of ours.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "app/settings.h"
#include "ports/clock.h"
#include "ports/run_book.h"
#include "record/pipeline.h"
#include "remote/airflow/settings.h"
#include "schedule/execution.h"

namespace pinflow::app {

bool runs_by_airflow(const Settings& settings);

// With the secrets of their files, read anew at each call. invalid_argument names the setting.
Result<airflow::AirflowSettings> airflow_settings(const Settings& settings);

// As schedule::execute; the pipeline's retries are those of the trigger, Airflow has its own for
// the tasks.
Result<schedule::Execution> run_by_airflow(RunBook& book, Clock& clock, const Settings& settings,
                                           const PipelineSchedule& patience, const Run& run,
                                           std::function<std::optional<std::string>()> stop_reason);

}  // namespace pinflow::app
