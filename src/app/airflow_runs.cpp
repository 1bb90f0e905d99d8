// SPDX-License-Identifier: Apache-2.0
#include "app/airflow_runs.h"

#include <fmt/format.h>

#include <utility>

#include "app/secrets.h"
#include "base/reactor.h"
#include "remote/airflow/client.h"
#include "remote/airflow/follow.h"

namespace pinflow::app {
namespace {

// Of a run that cannot even be begun: the book has the reason.
Result<Run> end_unstarted(RunBook& book, Clock& clock, Run run, const Error& error) {
    run.state = RunState::failed;
    run.reason = error.text;
    run.ended_ms = clock.now_ms();
    TRY_STATUS(run_here(book.finish(run)));
    return run;
}

Result<std::unique_ptr<airflow::AirflowClient>> open_client(const Settings& settings) {
    TRY(airflow::AirflowSettings airflow, airflow_settings(settings));
    return airflow::AirflowClient::open(std::move(airflow));
}

}  // namespace

bool runs_by_airflow(const Settings& settings) {
    return settings.text("schedule.runner") == "airflow";
}

Result<airflow::AirflowSettings> airflow_settings(const Settings& settings) {
    const std::string& dag_id = settings.text("airflow.dag_id");
    airflow::AirflowSettings airflow{
        .url = settings.text("airflow.url"),
        .user = settings.text("airflow.user"),
        .dag_id = dag_id.empty() ? settings.text("user") + "_dag" : dag_id,
        .timeout_ms = settings.duration_ms("airflow.timeout")};
    TRY(auto password, find_secret(settings, "airflow.password"));
    TRY(auto token, find_secret(settings, "airflow.token"));
    airflow.password = password.value_or("");
    airflow.token = token.value_or("");
    TRY_STATUS(airflow::check_settings(airflow));
    return airflow;
}

Result<schedule::Execution> run_by_airflow(
    RunBook& book, Clock& clock, const Settings& settings, const PipelineSchedule& patience,
    const Run& run, std::function<std::optional<std::string>()> stop_reason) {
    auto client = open_client(settings);
    if (!client) {
        TRY(Run ended, end_unstarted(book, clock, run, client.error()));
        return schedule::Execution{.run = std::move(ended)};
    }
    airflow::FollowSettings follow{.retries = patience.retries,
                                   .retry_delay_ms = patience.retry_delay_ms,
                                   .stop_reason = std::move(stop_reason),
                                   .wait = {}};
    TRY(Run ended, airflow::follow_dag_run(book, clock, **client, run, follow));
    return schedule::Execution{.run = std::move(ended)};
}

}  // namespace pinflow::app
