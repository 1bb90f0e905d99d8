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

class AdminApiTest : public testing::Test {
protected:
    HttpResponse get(std::string target, std::string host = "127.0.0.1:8080",
                     std::string method = "GET") {
        AdminApi api({.version = "1.2.3",
                      .data_directory = "d",
                      .reports_directory = "d/reports",
                      .durability = "fsync",
                      .last_failure_json = last_failure},
                     {.health = [this] { return health; },
                      .is_ready = [this] { return is_ready; },
                      .damage = [this] { return damage; },
                      .stream_ledgers_json = [] { return std::string("{}"); },
                      .sunk_to = [](const TopicPartition&) { return std::optional<Offset>(2); }},
                     {meter, lake, log, streams, files, clock});
        HttpRequest request{.method = std::move(method),
                            .target = std::move(target),
                            .headers = {{"Host", std::move(host)}},
                            .body = ""};
        return run_here(api.answer(std::move(request)));
    }

    Status health;
    std::vector<std::string> damage;
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
