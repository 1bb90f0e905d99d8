// SPDX-License-Identifier: Apache-2.0
#include "schedule/scheduler.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <latch>

#include "base/log.h"
#include "base/reactor.h"
#include "memory/hand_clock.h"
#include "schedule/run_book_fixture.h"

namespace pinflow::schedule {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Outcome = Result<std::optional<Ledger>>;

constexpr Timestamp kHour = 3'600'000;
constexpr Timestamp kDay = 24 * kHour;

Timestamp utc(std::string_view date, int hour = 0, int minute = 0) {
    return (*parse_date(date) + hour * 60 + minute) * kMinuteMs;
}

class SchedulerTest : public testing::Test {
protected:
    SchedulerTest() { set_log_level(LogLevel::error); }
    ~SchedulerTest() override { set_log_level(LogLevel::info); }

    std::unique_ptr<Scheduler> open(std::string line = "@daily", std::string zone = "UTC",
                                    bool catch_up = false) {
        SchedulerSettings settings{.timetable = Timetable{*parse_cron(line), *Zone::find(zone)},
                                   .catch_up = catch_up,
                                   .execution = {}};
        settings.execution.look = std::chrono::milliseconds(1);
        return std::make_unique<Scheduler>(*book, clock, settings, [this](const pinflow::Run& run) {
            ran.push_back(run.date);
            return Graph::make({{.name = "work", .needs = {}, .work = work}});
        });
    }
    // As the loop would, at each hour of the hand clock.
    void pass(Scheduler& scheduler, int hours) {
        for (int hour = 0; hour < hours; ++hour) {
            clock.advance_ms(kHour);
            scheduler.look_once();
        }
    }
    // "2026-11-02 skipped", the oldest first.
    std::vector<std::string> history() {
        std::vector<std::string> lines;
        auto runs = *run_here(book->list(kRunsKeptMax));
        for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
            lines.push_back(run->date + " " + std::string(name_of(run->state)));
        }
        return lines;
    }

    BookFolder folder;
    std::unique_ptr<SqliteRunBook> book = folder.open();
    memory::HandClock clock{utc("2026-11-01", 9)};
    std::vector<std::string> ran;
    StepWork work = [](StepContext&) -> Outcome { return Ledger{.read = 2, .written = 2}; };
};

TEST_F(SchedulerTest, a_run_that_has_its_turn_is_done_elsewhere_if_so_told) {
    std::vector<std::string> given;
    SchedulerSettings settings{.timetable = Timetable{*parse_cron("@daily"), Zone::utc()},
                               .execution = {}};
    settings.elsewhere = [&](const pinflow::Run& run, const ExecutionSettings& execution) {
        EXPECT_FALSE(execution.stop_reason());
        given.push_back(run.date);
        pinflow::Run done = run;
        done.state = RunState::failed;
        done.reason = "they said no";
        EXPECT_TRUE(run_here(book->finish(done)));
        return Result<Execution>(Execution{.run = done});
    };
    Scheduler scheduler(*book, clock, settings, [](const pinflow::Run&) -> Result<Graph> {
        return fail(Errc::internal, "no graph is wanted");
    });
    scheduler.look_once();
    pass(scheduler, 30);
    EXPECT_THAT(given, ElementsAre("2026-11-02"));
    EXPECT_THAT(history(), ElementsAre("2026-11-02 failed"));
}

TEST_F(SchedulerTest, a_month_of_days_gives_thirty_runs_with_equal_ledgers) {
    auto scheduler = open();
    scheduler->look_once();
    pass(*scheduler, 30 * 24);
    auto runs = *run_here(book->list(100));
    ASSERT_EQ(runs.size(), 30u);
    for (const pinflow::Run& run : runs) {
        EXPECT_EQ(run.state, RunState::succeeded);
        EXPECT_EQ(run.trigger, RunTrigger::scheduled);
        EXPECT_EQ(run.ledger, (Ledger{.read = 2, .written = 2}));
    }
    EXPECT_EQ(ran.front(), "2026-11-02");
    EXPECT_EQ(ran.back(), "2026-12-01");
}

TEST_F(SchedulerTest, the_first_start_of_a_schedule_runs_nothing_of_the_past) {
    open()->look_once();
    EXPECT_TRUE(ran.empty());
}

TEST_F(SchedulerTest, a_restart_runs_the_newest_missed_date_and_tells_the_others) {
    open()->look_once();
    clock.advance_ms(4 * kDay);  // nothing serves
    open()->look_once();
    EXPECT_THAT(history(), ElementsAre("2026-11-05 succeeded", "2026-11-02 skipped",
                                       "2026-11-03 skipped", "2026-11-04 skipped"));
    EXPECT_THAT(run_here(book->list(1))->front().reason, HasSubstr("pinflow up was not running"));
    open()->look_once();  // and once more: nothing twice
    EXPECT_EQ(history().size(), 4u);
}

TEST_F(SchedulerTest, a_jump_forward_under_way_is_told_as_one) {
    auto scheduler = open();
    scheduler->look_once();
    clock.set_now_ms(utc("2026-11-04", 1));
    scheduler->look_once();
    EXPECT_THAT(history(),
                ElementsAre("2026-11-04 succeeded", "2026-11-02 skipped", "2026-11-03 skipped"));
    EXPECT_THAT(run_here(book->list(1))->front().reason, HasSubstr("the clock jumped"));
}

TEST_F(SchedulerTest, with_catch_up_every_missed_date_is_run_in_order) {
    open("@daily", "UTC", true)->look_once();
    clock.advance_ms(4 * kDay);
    auto scheduler = open("@daily", "UTC", true);
    for (int look = 0; look < 6; ++look) scheduler->look_once();
    EXPECT_THAT(ran, ElementsAre("2026-11-02", "2026-11-03", "2026-11-04", "2026-11-05"));
    EXPECT_THAT(history(), ElementsAre("2026-11-02 succeeded", "2026-11-03 succeeded",
                                       "2026-11-04 succeeded", "2026-11-05 succeeded"));
}

TEST_F(SchedulerTest, a_clock_that_goes_back_runs_no_date_again) {
    auto scheduler = open();
    scheduler->look_once();
    pass(*scheduler, 48);
    EXPECT_THAT(ran, ElementsAre("2026-11-02", "2026-11-03"));
    clock.set_now_ms(utc("2026-11-02", 12));
    scheduler->look_once();
    pass(*scheduler, 12);
    EXPECT_EQ(ran.size(), 2u);  // the third of November came again
    open()->look_once();        // for a restart as well
    EXPECT_EQ(ran.size(), 2u);
    pass(*scheduler, 24);
    EXPECT_THAT(ran, ElementsAre("2026-11-02", "2026-11-03", "2026-11-04"));
}

// Ten years ahead at the first start, set right later: it is not silent for ten years.
TEST_F(SchedulerTest, a_clock_that_had_been_wrong_is_believed_when_it_is_set_right) {
    auto scheduler = open();
    clock.set_now_ms(utc("2036-11-01", 9));
    scheduler->look_once();
    clock.set_now_ms(utc("2026-11-01", 9));
    scheduler->look_once();
    pass(*scheduler, 24);
    EXPECT_THAT(ran, ElementsAre("2026-11-02"));
}

TEST_F(SchedulerTest, days_that_the_zone_shifts_have_one_run_each) {
    clock.set_now_ms(utc("2026-10-23", 12));
    auto autumn = open("30 2 * * *", "Europe/Berlin");
    autumn->look_once();
    pass(*autumn, 96);
    EXPECT_THAT(ran, ElementsAre("2026-10-24", "2026-10-25", "2026-10-26", "2026-10-27"));
    ran.clear();
    clock.set_now_ms(utc("2027-03-26", 12));
    auto spring = open("30 2 * * *", "America/New_York");
    spring->look_once();
    pass(*spring, 72);
    EXPECT_EQ(ran.size(), 3u);
}

TEST_F(SchedulerTest, another_cron_line_is_another_schedule_without_a_past) {
    open()->look_once();
    clock.advance_ms(3 * kDay);
    open("@hourly")->look_once();
    EXPECT_TRUE(history().empty());
}

TEST_F(SchedulerTest, the_next_run_is_told_with_its_reason) {
    auto scheduler = open("30 2 * * *", "Europe/Berlin");
    scheduler->look_once();
    EXPECT_EQ(scheduler->next_due().at_ms, utc("2026-11-02", 1, 30));
    EXPECT_EQ(scheduler->next_due().reason,
              "due at 2026-11-02 02:30 Europe/Berlin by '30 2 * * *'");
    Scheduler off(*book, clock, {}, nullptr);
    EXPECT_THAT(off.next_due().reason, HasSubstr("no schedule"));
}

// A run of another process is live: the date that comes due waits in the book and says for whom;
// the next one takes its place.
TEST_F(SchedulerTest, a_due_run_waits_for_a_live_one_and_gives_way_to_a_newer) {
    auto other = folder.open();
    auto blocking = run_here(other->admit({.logical_ms = 7, .date = "x"}, clock.now_ms()));
    auto scheduler = open();
    scheduler->look_once();
    pass(*scheduler, 24);
    auto queued = run_here(book->list(1))->front();
    EXPECT_EQ(queued.state, RunState::queued);
    EXPECT_THAT(queued.reason, HasSubstr(fmt::format("waits for the end of run {}", blocking->id)));
    pass(*scheduler, 24);
    EXPECT_THAT(history(), ElementsAre("x running", "2026-11-02 skipped", "2026-11-03 queued"));
    blocking->state = RunState::succeeded;
    ASSERT_TRUE(run_here(other->finish(*blocking)));
    scheduler->look_once();
    EXPECT_THAT(history(),
                ElementsAre("x succeeded", "2026-11-02 skipped", "2026-11-03 succeeded"));
}

TEST_F(SchedulerTest, what_comes_due_during_a_run_waits_and_is_run_after_it) {
    std::atomic<bool> is_first = true;
    work = [&](StepContext& context) -> Outcome {
        if (is_first.exchange(false)) {
            clock.advance_ms(kDay);
            while (run_here(book->list(1))->front().state != RunState::queued &&
                   !context.is_stopped()) {
            }
        }
        return std::nullopt;
    };
    auto scheduler = open();
    scheduler->look_once();
    pass(*scheduler, 15);
    EXPECT_THAT(history(), ElementsAre("2026-11-02 succeeded", "2026-11-03 queued"));
    scheduler->look_once();
    EXPECT_THAT(history(), ElementsAre("2026-11-02 succeeded", "2026-11-03 succeeded"));
}

TEST_F(SchedulerTest, a_stop_cancels_the_running_step_and_what_waits) {
    std::latch begun(1);
    work = [&](StepContext& context) -> Outcome {
        std::latch told(1);
        std::atomic<bool> is_told = false;
        context.when_stopped([&] {
            if (!is_told.exchange(true)) told.count_down();
        });
        begun.count_down();
        told.wait();
        context.when_stopped([] {});
        return fail(Errc::cancelled, "interrupted");
    };
    auto scheduler = open();
    scheduler->start();
    ASSERT_TRUE(scheduler->ask_for({.logical_ms = 1, .date = "one"}));
    begun.wait();
    ASSERT_TRUE(scheduler->ask_for({.logical_ms = 2, .date = "two"}));
    EXPECT_EQ(scheduler->ask_for({.logical_ms = 2, .date = "two"}).error().code, Errc::conflict);
    scheduler->stop("stopped by signal");
    EXPECT_THAT(history(), ElementsAre("one cancelled", "two cancelled"));
    EXPECT_EQ(run_here(book->details(1))->run.reason, "stopped by signal");
    EXPECT_EQ(run_here(book->details(2))->run.reason, "stopped by signal before it had its turn");
}

}  // namespace
}  // namespace pinflow::schedule
