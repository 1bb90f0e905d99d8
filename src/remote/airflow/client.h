// SPDX-License-Identifier: Apache-2.0
// Airflow's REST API, as much of it as triggering a DAG and following its run needs: /api/v2 of
// Airflow 3 or /api/v1 of Airflow 2, whichever answers.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/http_client.h"
#include "remote/airflow/answers.h"
#include "remote/airflow/settings.h"

namespace pinflow::airflow {

inline constexpr std::size_t kTasksMax = 1'000;  // of one dag run; those above are not followed

// One object, one thread. Nothing is asked before the first call, and nothing twice but what is
// said below. Errors of all calls: unavailable, timed_out, io (Airflow is down, slow or in trouble:
// worth asking again), permission (401, 403), not_found (404), invalid_argument (an answer that is
// not Airflow's). Each names the URL and what to try; none holds a password or a token.
class AirflowClient final {
public:
    // invalid_argument, naming the setting.
    static Result<std::unique_ptr<AirflowClient>> open(AirflowSettings settings);

    // The DAG can run. not_found: Airflow does not know it (yet); failed_check: it is paused.
    Status check_dag();

    // Safe to be repeated with the same id: false when that run was there already. The logical date
    // is left to Airflow, which takes none twice; the run's date goes into its configuration.
    Result<bool> trigger(const std::string& run_id, const std::string& date);

    Result<std::string> run_state(const std::string& run_id);
    Result<std::vector<TaskAnswer>> tasks(const std::string& run_id);
    Result<std::vector<TaskOrder>> order();  // of the DAG's tasks
    Result<std::string> log_end(const std::string& run_id, const TaskAnswer& task, int try_number);

    // Marks it failed, which ends its running tasks.
    Status end_run(const std::string& run_id);

    std::string run_page(const std::string& run_id) const;  // for people

    // What is being asked ends at once, and all that is asked later, with `cancelled`. Any thread.
    void stop() { stop_.request_stop(); }

private:
    AirflowClient(AirflowSettings settings, std::unique_ptr<net::HttpClient> http)
        : settings_(std::move(settings)), http_(std::move(http)) {}

    Status find_version();
    Status authorise();
    std::string api(const std::string& path) const;
    Result<HttpResponse> send(const std::string& url, HttpRequest request);
    Result<HttpResponse> ask(const std::string& method, const std::string& path,
                             const std::string& body = "",
                             const std::string& accept = "application/json");
    std::unexpected<Error> refusal(const std::string& url, const HttpResponse& answer) const;

    const AirflowSettings settings_;
    std::unique_ptr<net::HttpClient> http_;
    std::stop_source stop_;
    int version_ = 0;            // of the API: 1 or 2; 0: not yet known
    std::string authorisation_;  // the header's value; never printed
    bool has_asked_token_ = false;
};

}  // namespace pinflow::airflow
