// SPDX-License-Identifier: Apache-2.0
// Over a server that answers as Airflow does, faults included; tests/scenario/airflow_server.py has
// the real one.
#include "remote/airflow/follow.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <deque>

#include "base/hash.h"
#include "base/reactor.h"
#include "memory/hand_clock.h"
#include "net/http_client_test_server.h"
#include "schedule/run_book_fixture.h"

namespace pinflow::airflow {
namespace {

using net::answer;
using net::Reply;
using net::SeenRequest;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kCanary = "canary-in-the-password";
constexpr std::string_view kRun = "/dags/d/dagRuns/";

std::string task_json(std::string_view task, std::string_view state, int try_number) {
    return fmt::format(R"({{"task_id":"{}","state":{},"try_number":{},"map_index":-1,)"
                       R"("start_date":"2026-11-25T00:00:01Z","end_date":"2026-11-25T00:00:02Z"}})",
                       task, state.empty() ? "null" : fmt::format("\"{}\"", state), try_number);
}

// What it is at one look.
struct Moment {
    std::string run;
    std::vector<std::string> tasks;
};

class FollowTest : public testing::Test {
protected:
    FollowTest() {
        settings.url = server.url();
        settings.dag_id = "d";
        settings.user = "ana";
        settings.password = kCanary;
        follow.wait = [this](std::chrono::milliseconds slice) {
            clock.advance_ms(slice.count());
            if (on_wait) on_wait();
        };
    }

    Reply reply(const SeenRequest& request) {
        std::string line = request.line();
        for (auto fault = faults.begin(); fault != faults.end(); ++fault) {
            if (!line.contains(fault->first)) continue;
            Reply wrong = fault->second;
            faults.erase(fault);
            return wrong;
        }
        auto is = [&](std::string_view part) { return line.contains(part); };
        if (is("/api/v2/version")) return version == 2 ? answer(200, "{}") : answer(404, "no");
        if (is("/api/v1/version")) return answer(version == 1 ? 200 : 404, "{}");
        if (is("POST /auth/token")) return answer(201, R"({"access_token":"t-1"})");
        if (is("POST /api")) return answer(200, R"({"state":"queued"})");
        if (is("PATCH ")) return answer(200, R"({"state":"failed"})");
        if (is("/logs/")) return answer(200, R"({"content":[{"event":"no such table"}]})");
        if (is("/taskInstances")) {
            Moment now = moments.front();
            if (moments.size() > 1) moments.pop_front();
            return answer(200, fmt::format(R"({{"task_instances":[{}],"total_entries":{}}})",
                                           fmt::join(now.tasks, ","), now.tasks.size()));
        }
        if (is(kRun)) return answer(200, fmt::format(R"({{"state":"{}"}})", moments.front().run));
        if (is("/tasks ")) return answer(200, R"({"tasks":[{"task_id":"a"}]})");
        return answer(200, R"({"is_paused":false})");
    }

    // Where it came to, with the whole story.
    RunDetails followed(RunTrigger trigger = RunTrigger::scheduled) {
        auto client = AirflowClient::open(settings);
        EXPECT_TRUE(client) << client.error().text;
        auto run = run_here(
            book->admit({.logical_ms = 1'795'564'800'000, .date = "2026-11-25", .trigger = trigger},
                        clock.now_ms()));
        EXPECT_TRUE(run) << run.error().text;
        number = run->id;
        auto ended = follow_dag_run(*book, clock, **client, *run, follow);
        EXPECT_TRUE(ended) << ended.error().text;
        auto details = *run_here(book->details(run->id));
        for (const RunStep& step : details.steps) EXPECT_THAT(step.reason, Not(HasSubstr(kCanary)));
        for (const RunLogLine& text : details.log) EXPECT_THAT(text.text, Not(HasSubstr(kCanary)));
        EXPECT_THAT(details.run.reason, Not(HasSubstr(kCanary)));
        return details;
    }

    static std::vector<std::string> told(const RunDetails& details) {
        std::vector<std::string> lines;
        for (const RunStep& step : details.steps)
            lines.push_back(fmt::format("{}.{} {}", step.name, step.attempt, name_of(step.state)));
        return lines;
    }

    std::vector<std::string> lines_with(std::string_view part) const {
        std::vector<std::string> lines;
        for (const SeenRequest& request : server.seen())
            if (request.line().contains(part)) lines.push_back(request.line());
        return lines;
    }

    std::deque<Moment> moments{{"queued", {task_json("a", "", 0)}},
                               {"running", {task_json("a", "running", 1)}},
                               {"success", {task_json("a", "success", 1)}}};
    std::deque<std::pair<std::string, Reply>> faults;  // by a part of the request's line; once each
    std::atomic<int> version = 2;
    net::ScriptedServer server{[this](const SeenRequest& request) { return reply(request); }};
    AirflowSettings settings;
    FollowSettings follow;
    std::function<void()> on_wait;
    memory::HandClock clock;
    schedule::BookFolder folder;
    std::unique_ptr<schedule::SqliteRunBook> book = folder.open();
    std::int64_t number = 0;
};

TEST_F(FollowTest, a_run_is_triggered_followed_and_kept_like_our_own) {
    auto details = followed();
    EXPECT_EQ(details.run.state, RunState::succeeded) << details.run.reason;
    EXPECT_THAT(told(details), ElementsAre("trigger.1 succeeded", "a.1 succeeded"));
    EXPECT_EQ(details.steps.back().duration_us, 1'000'000);
    std::vector<std::string> log;
    for (const RunLogLine& line : details.log) log.push_back(line.text);
    EXPECT_THAT(log, Contains(HasSubstr("is triggered: " + server.url() + "/dags/d/runs/")));
    for (const SeenRequest& request : server.seen()) {
        if (!request.line().starts_with("POST /api/v2/dags/d/dagRuns ")) continue;
        EXPECT_EQ(request.body, R"({"dag_run_id":"pinflow__2026-11-25T00:00:00Z",)"
                                R"("logical_date":null,"conf":{"date":"2026-11-25"}})");
        EXPECT_THAT(request.head, HasSubstr("Authorization: Bearer t-1\r\n"));
    }
    EXPECT_EQ(lines_with("POST /api/v2/dags/d/dagRuns ").size(), 1u);
}

TEST_F(FollowTest, airflow_2_is_asked_in_its_own_way) {
    version = 1;
    EXPECT_EQ(followed().run.state, RunState::succeeded);
    EXPECT_TRUE(lines_with("/auth/token").empty());
    for (const SeenRequest& request : server.seen()) {
        if (!request.line().starts_with("POST ")) continue;
        EXPECT_THAT(request.line(), HasSubstr("/api/v1/dags/d/dagRuns "));
        EXPECT_EQ(request.body, R"({"dag_run_id":"pinflow__2026-11-25T00:00:00Z",)"
                                R"("conf":{"date":"2026-11-25"}})");
        EXPECT_THAT(request.head,
                    HasSubstr("Basic " + base64_encode(fmt::format("ana:{}", kCanary))));
    }
}

TEST_F(FollowTest, a_failing_task_is_told_with_its_logs_end_and_its_retry_with_its_own) {
    moments = {{"running", {task_json("a", "running", 1)}},
               {"running", {task_json("a", "up_for_retry", 1)}},
               {"failed", {task_json("a", "failed", 2)}}};
    auto details = followed();
    EXPECT_THAT(told(details), ElementsAre("trigger.1 succeeded", "a.1 failed", "a.2 failed"));
    EXPECT_EQ(details.run.state, RunState::failed);
    EXPECT_EQ(details.run.reason, "step a: failed in Airflow; its log ends:\nno such table");
    EXPECT_EQ(details.steps[1].reason, "failed in Airflow; its log ends:\nno such table");
    EXPECT_THAT(lines_with("/taskInstances/a/logs/"),
                ElementsAre(HasSubstr("/logs/1?full_content=true"), HasSubstr("/logs/2?")));
}

TEST_F(FollowTest, a_run_that_is_there_already_is_followed) {
    faults = {{"POST /api", answer(409, R"({"detail":"there already"})")}};
    auto details = followed();
    ASSERT_EQ(details.run.state, RunState::succeeded);
    EXPECT_THAT(details.log.front().text, HasSubstr("was there already"));
}

TEST_F(FollowTest, a_trigger_whose_answer_was_lost_is_told_again_with_the_same_id) {
    faults = {{"POST /api", {"", Reply::Then::close}},
              {"POST /api", answer(409, R"({"detail":"there already"})")}};
    auto details = followed(RunTrigger::manual);
    EXPECT_EQ(details.run.state, RunState::succeeded) << details.run.reason;
    EXPECT_THAT(told(details),
                ElementsAre("trigger.1 failed", "trigger.2 succeeded", "a.1 succeeded"));
    std::string id = fmt::format("\"pinflow__2026-11-25T00:00:00Z__{}\"", number);
    for (const SeenRequest& request : server.seen())
        if (request.line().starts_with("POST /api")) EXPECT_THAT(request.body, HasSubstr(id));
}

TEST_F(FollowTest, a_paused_or_unknown_dag_is_said_and_tried_again) {
    follow.retries = 2;
    faults = {{"GET /api/v2/dags/d ", answer(404, R"({"detail":"not found"})")},
              {"GET /api/v2/dags/d ", answer(200, R"({"is_paused":true})")}};
    auto details = followed();
    EXPECT_EQ(details.run.state, RunState::succeeded);
    EXPECT_THAT(details.steps[0].reason, HasSubstr("pinflow export airflow"));
    EXPECT_THAT(details.steps[1].reason, HasSubstr("airflow dags unpause d"));
    EXPECT_EQ(details.steps[2].state, StepState::succeeded);
}

TEST_F(FollowTest, a_wrong_password_or_a_missing_right_is_not_tried_again) {
    follow.retries = 5;
    faults = {{"/auth/token", answer(401, R"({"detail":"Invalid credentials"})")}};
    auto refused = followed();
    EXPECT_EQ(refused.run.state, RunState::failed);
    EXPECT_THAT(told(refused), ElementsAre("trigger.1 failed"));
    EXPECT_THAT(refused.run.reason, testing::AllOf(HasSubstr("Invalid credentials"),
                                                   HasSubstr("airflow.password_file")));
    faults = {{"POST /api", answer(403, R"({"detail":"Forbidden"})")}};
    auto forbidden = followed(RunTrigger::manual);
    EXPECT_THAT(forbidden.run.reason, HasSubstr("needs a role"));
    EXPECT_THAT(told(forbidden), ElementsAre("trigger.1 failed"));
}

TEST_F(FollowTest, a_token_that_ran_out_is_asked_for_anew) {
    faults = {{"/taskInstances", answer(401, R"({"detail":"expired"})")}};
    EXPECT_EQ(followed().run.state, RunState::succeeded);
    EXPECT_EQ(lines_with("POST /auth/token").size(), 2u);
}

TEST_F(FollowTest, trouble_in_the_middle_is_borne_and_told_once) {
    faults = {{"/taskInstances", answer(503, "busy")},
              {kRun.data(), {"", Reply::Then::close}},
              {"/taskInstances", answer(500, "<html>oops")}};
    auto details = followed();
    EXPECT_EQ(details.run.state, RunState::succeeded) << details.run.reason;
    int troubles = 0, ends = 0;
    for (const RunLogLine& line : details.log) {
        troubles += line.text.contains("asked again");
        ends += line.text.contains("answers again");
    }
    EXPECT_EQ(troubles, 1);
    EXPECT_EQ(ends, 1);
}

TEST_F(FollowTest, a_long_silence_ends_the_run_and_says_where_to_look) {
    moments = {{"running", {task_json("a", "running", 1)}}};
    int waits = 0;
    on_wait = [&] {
        if (++waits == 3) faults.assign(5'000, {"/api/v2/dags/d/dagRuns/", answer(502, "gone")});
    };
    auto details = followed();
    EXPECT_EQ(details.run.state, RunState::failed);
    EXPECT_THAT(details.run.reason, testing::AllOf(HasSubstr("no answer for 10 minutes"),
                                                   HasSubstr("502"), HasSubstr("/runs/")));
    EXPECT_THAT(told(details), ElementsAre("trigger.1 succeeded", "a.1 upstream_failed"));
    EXPECT_LT(server.seen().size(), 500u);
}

TEST_F(FollowTest, a_server_that_does_not_answer_is_given_up_at_the_timeout) {
    settings.timeout_ms = 50;
    follow.retries = 0;
    faults = {{"/version", {"", Reply::Then::hold}}};
    auto details = followed();
    EXPECT_EQ(details.run.state, RunState::failed);
    EXPECT_THAT(details.run.reason, HasSubstr("airflow.timeout"));
    net::DeafPort nobody;
    settings.url = nobody.url();
    EXPECT_THAT(followed(RunTrigger::manual).run.reason,
                testing::AllOf(HasSubstr(nobody.url()), HasSubstr("airflow.url")));
}

TEST_F(FollowTest, another_program_at_that_address_is_recognised) {
    faults = {{"/api/v2/version", answer(404, "no")}, {"/api/v1/version", answer(404, "no")}};
    EXPECT_THAT(followed().run.reason, HasSubstr("neither /api/v2 nor /api/v1"));
    faults = {{kRun.data(), answer(200, "<html>Sign in</html>")}};
    EXPECT_THAT(followed(RunTrigger::manual).run.reason, HasSubstr("not an answer of Airflow's"));
}

TEST_F(FollowTest, a_cancel_ends_airflows_run_and_a_stop_leaves_it_alone) {
    moments = {{"running", {task_json("a", "running", 1)}}};
    on_wait = [&] { (void)run_here(book->request_cancel(number, "asked by ana")); };
    auto cancelled = followed();
    EXPECT_EQ(cancelled.run.state, RunState::cancelled);
    EXPECT_THAT(cancelled.run.reason, HasSubstr("asked by ana"));
    EXPECT_THAT(told(cancelled), ElementsAre("trigger.1 succeeded", "a.1 cancelled"));
    EXPECT_EQ(lines_with("PATCH /api/v2/dags/d/dagRuns/").size(), 1u);
    on_wait = nullptr;
    follow.stop_reason = [] { return std::optional<std::string>("stopped by signal"); };
    auto stopped = followed(RunTrigger::manual);
    EXPECT_THAT(stopped.run.reason, HasSubstr("goes on in Airflow"));
    EXPECT_EQ(lines_with("PATCH ").size(), 1u);
}

TEST_F(FollowTest, a_run_that_never_ends_is_given_up_after_a_day) {
    moments = {{"queued", {task_json("a", "queued", 1)}}};
    follow.wait = [this](std::chrono::milliseconds) { clock.advance_ms(10'000'000); };
    auto details = followed();
    EXPECT_EQ(details.run.state, RunState::failed);
    EXPECT_THAT(details.run.reason, HasSubstr("still queued after a day"));
}

TEST_F(FollowTest, settings_that_cannot_be_asked_are_refused_by_name) {
    auto refusal = [](AirflowSettings wrong) {
        auto client = AirflowClient::open(std::move(wrong));
        EXPECT_FALSE(client);
        return client ? "" : client.error().text;
    };
    AirflowSettings good = settings;
    auto with = [&](auto change) {
        AirflowSettings wrong = good;
        change(wrong);
        return refusal(wrong);
    };
    EXPECT_THAT(with([](auto& wrong) { wrong.url = ""; }), HasSubstr("airflow.url is not set"));
    EXPECT_THAT(with([](auto& wrong) { wrong.url = "host:8080"; }), HasSubstr("http://"));
    EXPECT_THAT(with([](auto& wrong) { wrong.url = fmt::format("http://a:{}@h", kCanary); }),
                testing::AllOf(HasSubstr("airflow.user"), Not(HasSubstr(kCanary))));
    EXPECT_THAT(with([](auto& wrong) { wrong.password = ""; }), HasSubstr("airflow.password_file"));
    EXPECT_THAT(with([](auto& wrong) { wrong.dag_id = "a/b"; }), HasSubstr("airflow.dag_id"));
}

}  // namespace
}  // namespace pinflow::airflow
