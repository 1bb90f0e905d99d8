// SPDX-License-Identifier: Apache-2.0
// The daily graph over real objects, with the real engine and lake, under a clock wound by hand.
#include "app/daily_graph.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "app/daily_schedule.h"
#include "app/pipeline_source.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/reactor.h"
#include "memory/hand_clock.h"
#include "posix/posix_files.h"

namespace pinflow::app {
namespace {

namespace fs = std::filesystem;

constexpr int kDays = 30;
constexpr Timestamp kHourMs = 3'600'000;

class DailyGraphTest : public testing::Test {
protected:
    DailyGraphTest() {
        set_log_level(LogLevel::error);
        put("demo.pin", R"({"index":1,"title":"a","follower_count":"2k","category":"art"})"
                        "\n"
                        R"({"index":1,"title":"b","follower_count":"3k","category":"art"})"
                        "\nnot JSON\n");
        put("demo.geo",
            R"({"ind":1,"timestamp":"2020-01-02T03:04:05","latitude":1.5,"longitude":2,)"
            R"("country":"Gibraltar"})"
            "\n");
        put("demo.user", R"({"ind":1,"first_name":"A","last_name":"B","age":30,)"
                         R"("date_joined":"2017-01-02T03:04:05"})"
                         "\n");
    }
    ~DailyGraphTest() override {
        set_log_level(LogLevel::info);
        fs::remove_all(root);
    }

    void put(const std::string& topic, const std::string& lines) {
        fs::path folder = fs::path(setup().objects_at) / "topics" / topic / "partition=0";
        fs::create_directories(folder);
        std::ofstream(folder / (topic + "+0+0000000000.json"), std::ios::binary) << lines;
    }
    DailySetup setup() {
        return daily_setup(settings, *pipeline_of(""), DataDirectory{root}, schedule::Zone::utc(),
                           [] { return Result<std::string>("nothing to flush"); });
    }

    std::string root = fs::temp_directory_path() / ("daily_graph_test." + random_uuid());
    Settings settings;
    posix::PosixFiles files;
    memory::HandClock clock{1'793'000'000'000};  // 2026-10-26 06:53:20 UTC
};

TEST_F(DailyGraphTest, a_month_of_days_gives_thirty_equal_ledgers) {
    auto book = *open_run_book(DataDirectory{root}, files);
    auto planned = *planned_by(settings, setup().pipeline.schedule);
    schedule::Scheduler scheduler(
        *book, clock, {.timetable = planned.timetable(), .execution = {}},
        [this](const pinflow::Run& run) { return daily_graph(setup(), run.logical_ms); });
    scheduler.look_once();
    for (int hour = 0; hour < kDays * 24; ++hour) {
        clock.advance_ms(kHourMs);
        scheduler.look_once();
    }
    auto runs = *run_here(book->list(100));
    ASSERT_EQ(runs.size(), static_cast<std::size_t>(kDays));
    Ledger expected{.read = 5, .written = 3, .quarantined = 1, .duplicates = 1};
    for (const pinflow::Run& run : runs) {
        EXPECT_EQ(run.state, RunState::succeeded) << run.reason;
        EXPECT_EQ(run.ledger, expected) << run.date;
    }
    EXPECT_EQ(runs.front().date, "2026-11-25");
    EXPECT_EQ(runs.back().date, "2026-10-27");
    EXPECT_TRUE(fs::exists(root + "/reports/answers.json"));
}

TEST_F(DailyGraphTest, load_comes_first_the_kinds_side_by_side_and_ask_last) {
    auto graph = *daily_graph(setup(), clock.now_ms());
    std::vector<std::string> shape;
    for (const schedule::Step& step : graph.steps()) {
        shape.push_back(fmt::format("{} <- {}", step.name, fmt::join(step.needs, ",")));
    }
    EXPECT_THAT(
        shape, testing::ElementsAre("load <- ", "clean_pin <- load", "clean_geo <- load",
                                    "clean_user <- load", "ask <- clean_pin,clean_geo,clean_user"));
    EXPECT_EQ(graph.steps().front().retries, 1);
    EXPECT_EQ(graph.steps().front().retry_delay_ms, 120'000);
}

// A step's story, kept.
class KeptStory final : public schedule::StepContext {
public:
    int attempt() const override { return 1; }
    void log(std::string text) override { lines.push_back(std::move(text)); }
    bool is_stopped() const override { return false; }
    void when_stopped(std::function<void()>) override {}

    std::vector<std::string> lines;
};

TEST_F(DailyGraphTest, steps_run_one_by_one_leave_what_the_graph_leaves) {
    RunRequest request{.logical_ms = clock.now_ms(), .date = "2026-10-26"};
    KeptStory story;
    auto run_step = [&](const std::string& step) {
        return run_daily_step(setup(), request, step, story);
    };
    EXPECT_THAT(run_step("clean_pin").error().text,
                testing::HasSubstr("pinflow run step load --date 2026-10-26"));
    ASSERT_TRUE(run_step("load"));
    EXPECT_EQ(run_step("ask").error().code, Errc::failed_check);
    Ledger total;
    for (const char* step : {"clean_user", "clean_pin", "clean_geo", "clean_pin"}) {
        auto ledger = run_step(step);
        ASSERT_TRUE(ledger) << ledger.error().text;
        if (std::string_view(step) != "clean_pin" || total.read == 1) total += **ledger;
    }
    EXPECT_EQ(total, (Ledger{.read = 5, .written = 3, .quarantined = 1, .duplicates = 1}));
    ASSERT_TRUE(run_step("ask"));
    std::string ledger = *read_small_file(files, root + "/reports/ledger.json");
    EXPECT_THAT(ledger, testing::HasSubstr(
                            R"("total":{"read":5,"written":3,"quarantined":1,"duplicates":1)"));
    EXPECT_THAT(ledger, testing::HasSubstr(R"("reasons":{"not valid JSON":1})"));
    EXPECT_THAT(run_step("clean_pim").error().text, testing::HasSubstr("mean 'clean_pin'?"));
}

TEST_F(DailyGraphTest, a_step_alone_reads_only_what_was_there_when_its_run_was_loaded) {
    RunRequest request{.logical_ms = clock.now_ms(), .date = "2026-10-26"};
    KeptStory story;
    ASSERT_TRUE(run_daily_step(setup(), request, "load", story));
    put("later.user", R"({"ind":2,"age":3})"
                      "\n");
    fs::last_write_time(fs::path(setup().objects_at) / "topics/later.user/partition=0" /
                            "later.user+0+0000000000.json",
                        fs::file_time_type::clock::now() + std::chrono::seconds(5));
    EXPECT_EQ((*run_daily_step(setup(), request, "clean_user", story))->read, 1);
    auto lock = take_directory(files, DataDirectory{root}, DirectoryUse::batch);
    ASSERT_TRUE(lock);
    EXPECT_EQ(run_daily_step(setup(), request, "clean_user", story).error().code, Errc::busy);
    lock->reset();
    ASSERT_TRUE(run_daily_step(setup(), request, "load", story));
    EXPECT_EQ((*run_daily_step(setup(), request, "clean_user", story))->read, 2);
}

// A stub stands for Spark: its report is kept as the embedded engine's would be.
TEST_F(DailyGraphTest, on_spark_one_step_has_the_ledger_and_the_answers_are_written) {
    EXPECT_FALSE(setup().on_spark);
    ASSERT_TRUE(settings.set("batch.engine", "spark"));
    EXPECT_TRUE(setup().on_spark);
    DailySetup on_spark = setup();
    on_spark.on_spark = [](std::stop_token) -> Result<BatchOutcome> {
        BatchOutcome outcome;
        outcome.report.kinds.push_back({.kind = "pin",
                                        .table = "pin",
                                        .ledger = {.read = 3, .written = 2, .quarantined = 1},
                                        .reasons = {{"not valid JSON", 1}}});
        Rows rows(Schema{{"n", ColumnType::int64}});
        rows.columns[0].push_integer(7);
        outcome.answers.push_back({.name = "q", .title = "", .rows = rows});
        return outcome;
    };
    auto book = *open_run_book(DataDirectory{root}, files);
    auto planned = *planned_by(settings, on_spark.pipeline.schedule);
    schedule::Scheduler scheduler(
        *book, clock, {.timetable = planned.timetable(), .execution = {}},
        [&](const pinflow::Run& run) { return daily_graph(on_spark, run.logical_ms); });
    scheduler.look_once();
    clock.advance_ms(24 * kHourMs);
    scheduler.look_once();
    auto runs = *run_here(book->list(10));
    ASSERT_EQ(runs.size(), 1u);
    EXPECT_EQ(runs[0].state, RunState::succeeded) << runs[0].reason;
    EXPECT_EQ(runs[0].ledger, (Ledger{.read = 3, .written = 2, .quarantined = 1}));
    std::ifstream answer(root + "/reports/q.csv", std::ios::binary);
    EXPECT_EQ(std::string((std::istreambuf_iterator<char>(answer)), {}), "n\r\n7\r\n");
    EXPECT_TRUE(fs::exists(root + "/reports/ledger.json"));
}

TEST_F(DailyGraphTest, a_line_or_zone_of_the_pipeline_that_is_wrong_is_told_with_its_place) {
    PipelineSchedule schedule{.cron = "0 0 31 4 *", .cron_place = "p.yaml:3:9"};
    EXPECT_THAT(check_schedule(schedule).error().text,
                testing::StartsWith("p.yaml:3:9: the cron line"));
    schedule = {.cron = "@daily", .time_zone = "Europe/Pari", .zone_place = "p.yaml:4:14"};
    EXPECT_THAT(
        check_schedule(schedule).error().text,
        testing::AllOf(testing::StartsWith("p.yaml:4:14: "), testing::HasSubstr("Europe/Paris")));
}

TEST_F(DailyGraphTest, the_settings_say_when_before_the_pipeline_does) {
    PipelineSchedule schedule{.cron = "@daily", .time_zone = "Europe/Berlin"};
    EXPECT_EQ(planned_by(settings, schedule)->timetable()->name(), "@daily|Europe/Berlin");
    ASSERT_TRUE(settings.set("schedule.cron", "@hourly"));
    ASSERT_TRUE(settings.set("schedule.time_zone", "UTC"));
    EXPECT_EQ(planned_by(settings, schedule)->timetable()->name(), "@hourly|UTC");
    ASSERT_TRUE(settings.set("schedule.cron", "off"));
    EXPECT_FALSE(planned_by(settings, schedule)->timetable());
    EXPECT_THAT(settings.set("schedule.cron", "now").error().text,
                testing::HasSubstr("schedule.cron"));
}

TEST_F(DailyGraphTest, a_date_that_has_not_begun_in_its_zone_is_refused) {
    Planned planned{.cron = *schedule::parse_cron("@daily"),
                    .zone = *schedule::Zone::find("Pacific/Apia")};
    Timestamp evening = 1'793'052'000'000;  // 2026-10-26 21:20 UTC: the 27th in Samoa
    EXPECT_EQ(planned.request_for("", RunTrigger::manual, evening)->date, "2026-10-27");
    EXPECT_FALSE(planned.request_for("2026-10-28", RunTrigger::manual, evening));
}

}  // namespace
}  // namespace pinflow::app
