// SPDX-License-Identifier: Apache-2.0
// Against a scripted server with the shapes of the public documentation (Jobs API 2.2 runs/submit,
// runs/get, runs/get-output, runs/cancel; Files API; the error object of the REST API): no real
// workspace has been asked.
#include "remote/spark/databricks.h"

#include <gmock/gmock.h>

#include <functional>
#include <mutex>

#include "net/http_client_test_server.h"

namespace pinflow::spark {
namespace {

using net::answer;
using net::Reply;
using net::SeenRequest;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kRunning =
    R"({"job_id":11,"run_id":455644833,"state":{"life_cycle_state":"RUNNING","state_message":"In run"},)"
    R"("tasks":[{"run_id":2112892,"task_key":"pinflow"}],"run_page_url":"https://w/#job/11/run/1"})";
constexpr const char* kDone =
    R"({"run_id":455644833,"state":{"life_cycle_state":"TERMINATED","result_state":"SUCCESS","state_message":""},)"
    R"("tasks":[{"run_id":2112892,"task_key":"pinflow"}],"run_page_url":"https://w/#job/11/run/1"})";
constexpr const char* kFailed =
    R"({"run_id":455644833,"state":{"life_cycle_state":"INTERNAL_ERROR","result_state":"FAILED",)"
    R"("state_message":"Workload failed"},"tasks":[{"run_id":2112892,"task_key":"pinflow"}],)"
    R"("run_page_url":"https://w/#job/11/run/1"})";
constexpr const char* kOutput =
    R"({"metadata":{"run_id":2112892},"error":"ModuleNotFoundError: pyarrow","error_trace":"Traceback","logs":"","logs_truncated":false})";

// A workspace: the script may answer first; else it does what a good one does.
class Workspace {
public:
    using Script = std::function<std::optional<Reply>(const SeenRequest&, int call)>;

    explicit Workspace(Script script = [](const SeenRequest&, int) { return std::nullopt; })
        : script_(std::move(script)),
          server_([this](const SeenRequest& request) { return handle(request); }) {}

    Result<std::string> run(std::stop_token stop = {}, std::int64_t timeout_ms = 60'000) {
        DatabricksSettings settings{.url = server_.url(),
                                    .token = "dapi-canary",
                                    .folder = "/Volumes/main/default/pinflow",
                                    .cluster = "1234-567890-abcde123",
                                    .timeout_ms = timeout_ms,
                                    .poll_ms = 1,
                                    .retry_ms = 1};
        return run_on_databricks(settings, {{"batch.py", "print(1)"}, {"clean/pin.sql", "select"}},
                                 {"--objects", "s3://b"}, std::move(stop));
    }
    std::vector<SeenRequest> seen() {
        std::scoped_lock lock(mutex_);
        return seen_;
    }
    int count(std::string_view part) {
        int found = 0;
        for (const SeenRequest& request : seen())
            found += request.line().find(part) != std::string::npos;
        return found;
    }
    std::string state = kDone;
    std::string report = R"({"format":1})";

private:
    Reply handle(const SeenRequest& request) {
        int call = 0;
        {
            std::scoped_lock lock(mutex_);
            seen_.push_back(request);
            call = static_cast<int>(seen_.size());
        }
        if (auto scripted = script_(request, call)) return *scripted;
        std::string line = request.line();
        auto is = [&](const char* part) { return line.find(part) != std::string::npos; };
        if (is("PUT /api/2.0/fs/files/")) return answer(204, "");
        if (is("/runs/submit")) return answer(200, R"({"run_id":455644833})");
        if (is("/runs/get-output")) return answer(200, kOutput);
        if (is("/runs/get?")) return answer(200, state);
        if (is("/runs/cancel")) return answer(200, "{}");
        if (is("/report.json") && !report.empty()) return answer(200, report);
        return answer(
            404, R"({"error_code":"NOT_FOUND","message":"The file being accessed is not found."})");
    }

    Script script_;
    std::mutex mutex_;
    std::vector<SeenRequest> seen_;
    net::ScriptedServer server_;
};

TEST(Databricks, files_go_up_the_run_is_submitted_and_its_report_comes_back) {
    int looks = 0;
    Workspace workspace([&](const SeenRequest& request, int) -> std::optional<Reply> {
        if (request.line().find("/runs/get?") == std::string::npos || ++looks > 2)
            return std::nullopt;
        return answer(200, kRunning);
    });
    auto report = workspace.run();
    ASSERT_TRUE(report) << report.error().text;
    EXPECT_EQ(*report, workspace.report);
    auto seen = workspace.seen();
    ASSERT_EQ(seen.size(), 7u);
    EXPECT_THAT(seen[0].line(),
                HasSubstr("PUT /api/2.0/fs/files/Volumes/main/default/pinflow/runs/"));
    EXPECT_THAT(seen[0].line(), HasSubstr("/batch.py?overwrite=true"));
    EXPECT_EQ(seen[0].body, "print(1)");
    EXPECT_THAT(seen[0].head, HasSubstr("Authorization: Bearer dapi-canary"));
    EXPECT_THAT(seen[1].line(), HasSubstr("/clean/pin.sql?overwrite=true"));
    EXPECT_THAT(seen[2].line(), HasSubstr("POST /api/2.2/jobs/runs/submit"));
    EXPECT_THAT(seen[2].body, HasSubstr(R"("existing_cluster_id":"1234-567890-abcde123")"));
    EXPECT_THAT(seen[2].body, HasSubstr(R"("parameters":["--objects","s3://b","--report",)"));
    EXPECT_THAT(seen[2].body, HasSubstr(R"("idempotency_token":")"));
    EXPECT_THAT(seen[2].body, Not(HasSubstr("canary")));
    EXPECT_THAT(seen[3].line(), HasSubstr("GET /api/2.2/jobs/runs/get?run_id=455644833"));
}

TEST(Databricks, a_wrong_token_and_missing_rights_name_the_setting_and_no_secret) {
    for (auto [status, code, told] :
         {std::tuple{401, "UNAUTHENTICATED", "spark.databricks_token_file"},
          {403, "PERMISSION_DENIED", "spark.databricks_folder"}}) {
        Workspace workspace([&](const SeenRequest&, int) -> std::optional<Reply> {
            return answer(status,
                          std::string(R"({"error_code":")") + code + R"(","message":"No."})");
        });
        auto report = workspace.run();
        ASSERT_FALSE(report);
        EXPECT_EQ(report.error().code, Errc::permission);
        EXPECT_THAT(report.error().text, HasSubstr(told));
        EXPECT_THAT(report.error().text, HasSubstr("No."));
        EXPECT_THAT(report.error().text, Not(HasSubstr("canary")));
        EXPECT_EQ(workspace.seen().size(), 1u) << "it asked again";
    }
}

TEST(Databricks, throttling_and_server_errors_are_asked_again_under_one_token) {
    std::vector<std::string> bodies;
    Workspace workspace([&](const SeenRequest& request, int) -> std::optional<Reply> {
        if (request.line().find("/runs/submit") == std::string::npos) return std::nullopt;
        bodies.push_back(request.body);
        if (bodies.size() == 1)
            return answer(429, R"({"error_code":"REQUEST_LIMIT_EXCEEDED","message":"Slow down"})");
        if (bodies.size() == 2) return answer(503, "upstream");
        return std::nullopt;
    });
    ASSERT_TRUE(workspace.run());
    ASSERT_EQ(bodies.size(), 3u);
    EXPECT_EQ(bodies[0], bodies[1]);
    EXPECT_EQ(bodies[0], bodies[2]);
}

TEST(Databricks, throttling_without_end_gives_up) {
    Workspace workspace([](const SeenRequest&, int) -> std::optional<Reply> {
        return answer(429, R"({"error_code":"REQUEST_LIMIT_EXCEEDED","message":"Slow down"})");
    });
    auto report = workspace.run();
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, Errc::unavailable);
    EXPECT_EQ(workspace.seen().size(), static_cast<std::size_t>(kTriesMax));
}

TEST(Databricks, a_failed_run_gives_its_own_report_or_its_tasks_error_and_page) {
    Workspace with_report;
    with_report.state = kFailed;
    EXPECT_TRUE(with_report.run()) << "the report says what was wrong";
    Workspace without;
    without.state = kFailed;
    without.report = "";
    auto report = without.run();
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, Errc::failed_check);
    EXPECT_THAT(report.error().text, HasSubstr("ModuleNotFoundError: pyarrow"));
    EXPECT_THAT(report.error().text, HasSubstr("https://w/#job/11/run/1"));
    EXPECT_EQ(without.count("/runs/get-output?run_id=2112892"), 1);
}

TEST(Databricks, a_stop_and_the_timeout_cancel_the_run) {
    std::stop_source stop;
    Workspace stopped([&](const SeenRequest& request, int) -> std::optional<Reply> {
        if (request.line().find("/runs/get?") != std::string::npos) stop.request_stop();
        return std::nullopt;
    });
    stopped.state = kRunning;
    auto report = stopped.run(stop.get_token());
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, Errc::cancelled);
    EXPECT_EQ(stopped.count("POST /api/2.2/jobs/runs/cancel"), 1);
    EXPECT_THAT(stopped.seen().back().body, HasSubstr("455644833"));

    Workspace slow;
    slow.state = kRunning;
    report = slow.run({}, 50);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, Errc::timed_out);
    EXPECT_EQ(slow.count("/runs/cancel"), 1);
}

TEST(Databricks, settings_that_cannot_work_are_told_before_anything_is_sent) {
    DatabricksSettings settings{
        .url = "http://127.0.0.1:1", .folder = "/Volumes/a/b/c", .cluster = "c"};
    EXPECT_THAT(run_on_databricks(settings, {}, {}).error().text,
                HasSubstr("databricks_token_file"));
    settings.token = "t";
    settings.folder = "/dbfs/x";
    EXPECT_THAT(run_on_databricks(settings, {}, {}).error().text, HasSubstr("/Volumes/"));
    settings.folder = "/Volumes/a/b/c";
    settings.cluster = "";
    EXPECT_THAT(run_on_databricks(settings, {}, {}).error().text, HasSubstr("databricks_cluster"));
}

}  // namespace
}  // namespace pinflow::spark
