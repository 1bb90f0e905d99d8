// SPDX-License-Identifier: Apache-2.0
// A process that dies at each crash point named in this folder's sources, while the clock's run is
// queued, runs and ends: the next one finds the date in the book, once, and can run it again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>

#include "base/crash_point.h"
#include "base/log.h"
#include "base/reactor.h"
#include "crash_point_names.h"
#include "memory/hand_clock.h"
#include "schedule/run_book_fixture.h"
#include "schedule/scheduler.h"

namespace pinflow::schedule {
namespace {

constexpr Timestamp kDayMs = kDayMinutes * kMinuteMs;
constexpr unsigned kLifeSecondsMax = 30;  // a child that has not died by then never will

Graph two_steps() {
    StepWork work = [](StepContext&) -> Result<std::optional<Ledger>> {
        return Ledger{.read = 1, .written = 1};
    };
    return *Graph::make(
        {{.name = "a", .needs = {}, .work = work}, {.name = "b", .needs = {"a"}, .work = work}});
}

// As the program does at a start: who is gone is told first.
void look(RunBook& book, Clock& clock) {
    ASSERT_TRUE(run_here(book.sweep(clock.now_ms())));
    SchedulerSettings settings{.timetable = Timetable{*parse_cron("@daily")}, .execution = {}};
    settings.execution.look = std::chrono::milliseconds(1);
    Scheduler(book, clock, settings, [](const Run&) { return two_steps(); }).look_once();
}

std::vector<std::string> history(RunBook& book) {
    std::vector<std::string> lines;
    for (const Run& run : *run_here(book.list(10))) {
        lines.push_back(run.date + " " + std::string(name_of(run.state)));
    }
    return lines;
}

class ScheduleCrash : public testing::TestWithParam<std::string> {};

TEST_P(ScheduleCrash, the_date_is_in_the_book_once_and_can_be_run_again) {
    set_log_level(LogLevel::error);
    BookFolder folder;
    memory::HandClock clock(20'000 * kDayMs + 1);
    look(*folder.open(), clock);  // the schedule is seen first
    clock.advance_ms(2 * kDayMs);
    pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        ::alarm(kLifeSecondsMax);
        arm_crash_point(GetParam());
        look(*folder.open(), clock);
        ::_exit(1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "not reached";
    auto book = folder.open();
    look(*book, clock);
    look(*book, clock);
    EXPECT_THAT(history(*book),
                testing::UnorderedElementsAre("2024-10-06 killed", "2024-10-05 skipped"));
    auto again = run_here(
        book->admit({.logical_ms = 20'002 * kDayMs, .date = "2024-10-06"}, clock.now_ms()));
    ASSERT_TRUE(again) << again.error().text;
    auto done = execute(*book, clock, *again, two_steps(), {});
    EXPECT_EQ(done->run.ledger, (Ledger{.read = 2, .written = 2}));
    set_log_level(LogLevel::info);
}

INSTANTIATE_TEST_SUITE_P(EachPoint, ScheduleCrash,
                         testing::ValuesIn(named_crash_points("schedule")), [](const auto& point) {
                             std::string name = point.param;
                             std::ranges::replace(name, '.', '_');
                             return name;
                         });

}  // namespace
}  // namespace pinflow::schedule
