// SPDX-License-Identifier: Apache-2.0
#include "dash/admin_api.h"

#include <gtest/gtest.h>

#include "base/reactor.h"
#include "dash/status_json.h"
#include "eventlog/native_log.h"
#include "memory/hand_clock.h"
#include "memory/memory_files.h"
#include "memory/memory_meter.h"

namespace pinflow::dash {
namespace {

class EmptyLake final : public Lake {
public:
    Result<std::unique_ptr<Table>> table(std::string name) override {
        return fail(Errc::not_found, "no table " + name);
    }
    Task<Result<std::vector<std::string>>> list_tables() override {
        co_return std::vector<std::string>{};
    }
    Result<std::string> staging_path() override { return fail(Errc::unsupported, "no staging"); }
};

// One run, number 7, live until it is cancelled.
class OneRunBook final : public RunBook {
public:
    Task<Result<Run>> admit(RunRequest, Timestamp) override { co_return run; }
    Task<Result<Run>> take_turn(std::int64_t, Timestamp) override { co_return run; }
    Task<Status> record(std::int64_t, std::vector<RunStep>, std::vector<RunLogLine>) override {
        co_return Status{};
    }
    Task<Status> finish(Run) override { co_return Status{}; }
    Task<Result<std::vector<Run>>> sweep(Timestamp) override { co_return std::vector<Run>{}; }
    Task<Result<std::optional<Timestamp>>> decided(std::string) override { co_return std::nullopt; }
    Task<Status> decide(ScheduleMark, std::vector<RunSkip>, Timestamp) override {
        co_return Status{};
    }
    Task<Result<Run>> request_cancel(std::int64_t id, std::string reason) override {
        if (id != 7) co_return fail(Errc::not_found, "there is no such run");
        run.reason = std::move(reason);
        co_return run;
    }
    Task<Result<std::optional<std::string>>> cancel_reason(std::int64_t) override {
        co_return std::nullopt;
    }
    Task<Result<std::vector<Run>>> list(std::size_t) override { co_return std::vector<Run>{run}; }
    Task<Result<RunDetails>> details(std::int64_t id) override {
        if (id != 7) co_return fail(Errc::not_found, "there is no such run");
        co_return RunDetails{
            .run = run, .steps = {{.name = "load"}}, .log = {{.step = "load", .text = "hm"}}};
    }

    pinflow::Run run{.id = 7, .date = "2026-11-25", .state = RunState::running};
};

class AdminApiTest : public testing::Test {
protected:
    HttpResponse get(std::string target, std::string host = "127.0.0.1:8080",
                     std::string method = "GET", std::string origin = "", std::string body = "") {
        AdminApi api({.version = "1.2.3",
                      .data_directory = "d",
                      .reports_directory = "d/reports",
                      .durability = "fsync",
                      .last_failure_json = last_failure},
                     {.health = [this] { return health; },
                      .is_ready = [this] { return is_ready; },
                      .damage = [this] { return damage; },
                      .problems = [this] { return problems; },
                      .stream_ledgers_json = [] { return std::string("{}"); },
                      .sunk_to = [](const TopicPartition&) { return std::optional<Offset>(2); },
                      .runs = {.book = &book,
                               .next_json = [] { return std::string(R"({"at_ms":null})"); },
                               .start =
                                   [this](std::string date) {
                                       dates.push_back(std::move(date));
                                       return Result<pinflow::Run>(book.run);
                                   },
                               .flush_sink = [this] { return flushed; }}},
                     {meter, lake, log, streams, files, clock});
        HttpRequest request{.method = std::move(method),
                            .target = std::move(target),
                            .headers = {{"Host", std::move(host)}},
                            .body = std::move(body)};
        if (!origin.empty()) request.headers.push_back({"Origin", std::move(origin)});
        return run_here(api.answer(std::move(request)));
    }

    HttpResponse post(std::string target, std::string body = "", std::string origin = "") {
        return get(std::move(target), "127.0.0.1:8080", "POST", std::move(origin), std::move(body));
    }

    OneRunBook book;
    std::vector<std::string> dates;  // that runs were started for
    Status flushed;
    Status health;
    std::vector<std::string> damage;
    std::vector<Problem> problems;
    std::string last_failure;
    bool is_ready = true;
    memory::MemoryMeter meter;
    memory::MemoryFiles files;
    memory::HandClock clock;
    EmptyLake lake;
    std::unique_ptr<eventlog::NativeLog> native =
        *eventlog::NativeLog::open(files, clock, {.directory = "log"});
    EventLog& log = native->topics();
    ShardStream& streams = native->streams();
};

TEST_F(AdminApiTest, health_names_the_durability_and_the_reason_of_a_failure) {
    EXPECT_EQ(get("/health").body, R"({"status":"ok","durability":"fsync"})");
    health = fail(Errc::io, "fdatasync failed");
    HttpResponse failing = get("/health");
    EXPECT_EQ(failing.status, 503);
    EXPECT_NE(failing.body.find("fdatasync failed"), std::string::npos);
}

TEST_F(AdminApiTest, health_tells_of_damage_and_of_why_the_last_process_ended) {
    damage = {"x.log at byte 7"};
    last_failure = R"({"reason":"sync"})";
    EXPECT_EQ(get("/health").body, R"({"status":"ok","durability":"fsync",)"
                                   R"("damage":["x.log at byte 7"],)"
                                   R"("last_failure":{"reason":"sync"}})");
}

TEST_F(AdminApiTest, status_tells_which_station_is_not_getting_on_and_why) {
    EXPECT_NE(get("/api/v1/status").body.find(R"("problems":[])"), std::string::npos);
    problems = {{"sink", "http://store: refused"}};
    EXPECT_NE(get("/api/v1/status")
                  .body.find(R"("problems":[{"station":"sink","text":"http://store: refused"}])"),
              std::string::npos);
}

TEST_F(AdminApiTest, readyz_follows_the_probe_and_livez_does_not) {
    is_ready = false;
    EXPECT_EQ(get("/readyz").status, 503);
    EXPECT_EQ(get("/livez").status, 200);
}

TEST_F(AdminApiTest, a_foreign_host_name_is_misdirected) {
    EXPECT_EQ(get("/api/v1/status", "evil.example").status, 421);
    EXPECT_EQ(get("/api/v1/status", "127.0.0.1.evil.example").status, 421);
    EXPECT_EQ(get("/api/v1/status", "[::1]:8080").status, 200);
    EXPECT_EQ(get("/api/v1/status", "localhost").status, 200);
}

TEST_F(AdminApiTest, writing_methods_and_unknown_paths_are_refused) {
    EXPECT_EQ(get("/health", "localhost", "POST").status, 405);
    EXPECT_EQ(get("/etc/passwd", "localhost").status, 404);
    EXPECT_EQ(get("/../page.js", "localhost").status, 404);
}

TEST_F(AdminApiTest, runs_are_listed_shown_started_and_cancelled) {
    EXPECT_NE(get("/api/v1/runs").body.find(R"("runs":[{"id":7,"date":"2026-11-25")"),
              std::string::npos);
    EXPECT_NE(get("/api/v1/runs/7").body.find(R"("text":"hm")"), std::string::npos);
    EXPECT_EQ(get("/api/v1/runs/8").status, 404);
    EXPECT_EQ(get("/api/v1/runs/x").status, 404);
    EXPECT_EQ(post("/api/v1/runs").status, 202);
    EXPECT_EQ(post("/api/v1/runs", R"({"date":"2026-11-25"})").status, 202);
    EXPECT_EQ(dates, (std::vector<std::string>{"", "2026-11-25"}));
    EXPECT_EQ(post("/api/v1/runs", R"({"day":"x"})").status, 400);
    EXPECT_EQ(post("/api/v1/runs", "[").status, 400);
    EXPECT_EQ(post("/api/v1/runs/7/cancel").status, 202);
    EXPECT_EQ(post("/api/v1/runs/8/cancel").status, 404);
    EXPECT_EQ(post("/api/v1/runs/7").status, 405);
    EXPECT_EQ(get("/api/v1/runs/7/cancel").status, 405);
    EXPECT_EQ(get("/api/v1/flush").status, 405);
    EXPECT_EQ(post("/api/v1/flush").status, 200);
    flushed = fail(Errc::io, "no disk");
    EXPECT_EQ(post("/api/v1/flush").status, 503);
}

TEST_F(AdminApiTest, a_page_of_another_origin_starts_cancels_and_flushes_nothing) {
    for (const char* origin : {"http://evil.example", "null", "https://127.0.0.1:8080",
                               "http://127.0.0.1:9", "http://localhost:8080"}) {
        for (const char* path : {"/api/v1/runs", "/api/v1/runs/7/cancel", "/api/v1/flush"}) {
            EXPECT_EQ(post(path, "", origin).status, 403) << path << " from " << origin;
        }
    }
    EXPECT_TRUE(dates.empty());
    EXPECT_EQ(post("/api/v1/runs", "", "http://127.0.0.1:8080").status, 202);
}

TEST_F(AdminApiTest, the_page_allows_no_foreign_and_no_inline_script) {
    HttpResponse page = get("/");
    EXPECT_NE(page.body.find("<title>pinflow</title>"), std::string::npos);
    bool has_policy = false;
    for (const HttpHeader& header : page.headers) {
        if (header.name != "Content-Security-Policy") continue;
        has_policy = header.value.find("script-src 'self';") != std::string::npos;
    }
    EXPECT_TRUE(has_policy);
}

TEST_F(AdminApiTest, metrics_escape_labels_and_tell_each_name_once) {
    meter.counter("pinflow_sink_objects_total", MeterKind::counter, "Objects.", {{"topic", "a\"b"}})
        .add(2);
    meter.counter("pinflow_sink_objects_total", MeterKind::counter, "Objects.", {{"topic", "c"}})
        .add(3);
    EXPECT_EQ(
        prometheus_text(meter.read()),
        "# HELP pinflow_sink_objects_total Objects.\n# TYPE pinflow_sink_objects_total counter\n"
        "pinflow_sink_objects_total{topic=\"a\\\"b\"} 2\npinflow_sink_objects_total{topic=\"c\"} "
        "3\n");
}

TEST_F(AdminApiTest, readings_stand_under_their_station) {
    meter
        .counter("pinflow_sink_objects_total", MeterKind::counter, "Objects.", {{"topic", "u.pin"}})
        .add(2);
    std::string text = stations_json(meter.read());
    EXPECT_NE(text.find(R"({"name":"sink","counts":[{"name":"objects, u.pin","value":2}]})"),
              std::string::npos)
        << text;
    EXPECT_LT(text.find("\"gateway\""), text.find("\"sink\""));
}

TEST_F(AdminApiTest, topics_and_streams_are_listed_and_described) {
    EXPECT_EQ(get("/api/v1/topics").body, "[]\n");
    ASSERT_TRUE(run_here(log.create_topic("a", 2)));
    ASSERT_TRUE(run_here(streams.create_stream("s", 2)));
    EXPECT_NE(get("/api/v1/topics").body.find(R"("topic":"a","partitions":2,"records":0)"),
              std::string::npos);
    EXPECT_EQ(get("/api/v1/topics/a").body,
              R"([{"partition":0,"first_offset":0,"end_offset":0,"records":0,"in_objects_to":2},)"
              R"({"partition":1,"first_offset":0,"end_offset":0,"records":0,"in_objects_to":2}])"
              "\n");
    EXPECT_NE(get("/api/v1/streams").body.find(R"("stream":"s","shards":2)"), std::string::npos);
    EXPECT_NE(get("/api/v1/streams/s").body.find("shardId-000000000001"), std::string::npos);
    EXPECT_EQ(get("/api/v1/topics/none").status, 404);
    EXPECT_EQ(get("/api/v1/topicsx").status, 404);
}

}  // namespace
}  // namespace pinflow::dash
