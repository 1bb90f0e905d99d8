// SPDX-License-Identifier: Apache-2.0
#include "schedule/execution.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <latch>
#include <set>

#include "base/reactor.h"
#include "memory/hand_clock.h"
#include "posix/system_clock.h"
#include "schedule/run_book_fixture.h"

namespace pinflow::schedule {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Outcome = Result<std::optional<Ledger>>;

StepWork ok() {
    return [](StepContext&) -> Outcome { return std::nullopt; };
}

Step step(std::string name, std::vector<std::string> needs, StepWork work = ok()) {
    return {.name = std::move(name), .needs = std::move(needs), .work = std::move(work)};
}

TEST(Graph, circles_doubles_and_unknown_needs_are_refused_by_name) {
    auto circle =
        Graph::make({step("a", {"c"}), step("b", {"a"}), step("c", {"b"}), step("d", {"c"})});
    EXPECT_THAT(circle.error().text, HasSubstr("a -> c -> b -> a"));
    EXPECT_THAT(Graph::make({step("a", {"a"})}).error().text, HasSubstr("a -> a"));
    EXPECT_THAT(Graph::make({step("a", {}), step("a", {})}).error().text,
                HasSubstr("two steps are called 'a'"));
    auto unknown = Graph::make({step("load", {}), step("ask", {"laod"})});
    EXPECT_THAT(unknown.error().text, HasSubstr("'ask' needs 'laod'"));
    EXPECT_THAT(unknown.error().text, HasSubstr("did you mean 'load'?"));
    EXPECT_TRUE(Graph::make({}));
}

TEST(Graph, steps_stand_behind_what_they_need) {
    auto graph = Graph::make({step("c", {"b"}), step("b", {"a"}), step("a", {})});
    ASSERT_TRUE(graph);
    EXPECT_EQ(graph->steps()[0].name, "a");
    EXPECT_EQ(graph->steps()[2].name, "c");
    EXPECT_THAT(graph->needs(2), ElementsAre(1u));
}

class ExecutionTest : public testing::Test {
protected:
    ExecutionTest() {
        settings.look = std::chrono::milliseconds(1);
        run = *run_here(book->admit({.logical_ms = 1, .date = "d"}, clock.now_ms()));
    }

    Execution run_graph(std::vector<Step> steps) {
        auto graph = Graph::make(std::move(steps));
        EXPECT_TRUE(graph) << graph.error().text;
        auto done = execute(*book, clock, run, *graph, settings);
        EXPECT_TRUE(done) << done.error().text;
        return done ? *done : Execution{};
    }
    RunDetails told() { return *run_here(book->details(run.id)); }
    RunStep told_step(const std::string& name, int attempt = 1) {
        for (const RunStep& one : told().steps) {
            if (one.name == name && one.attempt == attempt) return one;
        }
        ADD_FAILURE() << "no step " << name << " attempt " << attempt;
        return {};
    }
    void winds_at_each_look(std::int64_t by_ms) {
        settings.stop_reason = [this, by_ms] {
            clock.advance_ms(by_ms);
            return std::optional<std::string>();
        };
    }

    BookFolder folder;
    std::unique_ptr<SqliteRunBook> book = folder.open();
    memory::HandClock clock;
    ExecutionSettings settings;
    pinflow::Run run;
};

TEST_F(ExecutionTest, steps_run_after_their_needs_and_their_ledgers_are_summed) {
    std::mutex mutex;
    std::vector<std::string> order;
    auto counts = [&](std::string name, Ledger ledger) {
        return [&, name, ledger](StepContext& context) -> Outcome {
            context.log("at work on " + name);
            std::scoped_lock lock(mutex);
            order.push_back(name);
            return ledger;
        };
    };
    Execution done = run_graph(
        {step("ask", {"clean_a", "clean_b"}, counts("ask", {})),
         step("clean_a", {"load"}, counts("clean_a", {.read = 3, .written = 2, .late = 1})),
         step("clean_b", {"load"}, counts("clean_b", {.read = 4, .written = 4})),
         step("load", {}, counts("load", {}))});
    EXPECT_EQ(done.run.state, RunState::succeeded);
    EXPECT_EQ(done.run.ledger, (Ledger{.read = 7, .written = 6, .late = 1}));
    EXPECT_EQ(order.front(), "load");
    EXPECT_EQ(order.back(), "ask");
    EXPECT_EQ(told().run.ledger, done.run.ledger);
    EXPECT_EQ(told().log.size(), 4u);
    EXPECT_EQ(told_step("clean_b").ledger, (Ledger{.read = 4, .written = 4}));
}

TEST_F(ExecutionTest, independent_steps_run_at_once_and_never_more_than_allowed) {
    std::atomic<int> now = 0, most = 0;
    std::latch all_three(3);  // none of them ends before all are there
    StepWork meet = [&](StepContext&) -> Outcome {
        int count = ++now;
        for (int seen = most; count > seen && !most.compare_exchange_weak(seen, count);) {
        }
        all_three.arrive_and_wait();
        --now;
        return std::nullopt;
    };
    StepWork count_only = [&](StepContext&) -> Outcome {
        int count = ++now;
        for (int seen = most; count > seen && !most.compare_exchange_weak(seen, count);) {
        }
        --now;
        return std::nullopt;
    };
    settings.steps_at_once = 3;
    std::vector<Step> steps = {step("x", {}, meet), step("y", {}, meet), step("z", {}, meet)};
    for (int i = 0; i < 30; ++i) steps.push_back(step(fmt::format("s{}", i), {}, count_only));
    EXPECT_EQ(run_graph(std::move(steps)).run.state, RunState::succeeded);
    EXPECT_EQ(most, 3);
}

TEST_F(ExecutionTest, a_failed_step_is_tried_again_after_its_delay) {
    std::atomic<int> attempts = 0;
    std::atomic<std::int64_t> second_us = 0;
    Step flaky = step("flaky", {}, [&](StepContext& context) -> Outcome {
        EXPECT_EQ(context.attempt(), ++attempts);
        if (context.attempt() == 1) return fail(Errc::io, "no disk today");
        second_us = clock.steady_us();
        return std::nullopt;
    });
    flaky.retries = 1;
    flaky.retry_delay_ms = 120'000;
    winds_at_each_look(10'000);
    EXPECT_EQ(run_graph({flaky}).run.state, RunState::succeeded);
    EXPECT_EQ(attempts, 2);
    EXPECT_GE(second_us, 120'000'000);
    EXPECT_EQ(told_step("flaky", 1).state, StepState::failed);
    EXPECT_EQ(told_step("flaky", 1).reason, "no disk today");
    EXPECT_EQ(told_step("flaky", 2).state, StepState::succeeded);
}

TEST_F(ExecutionTest, what_is_behind_a_failure_is_not_run_and_says_so) {
    Step broken = step("broken", {}, [](StepContext&) -> Outcome {
        return fail(Errc::invalid_argument, "q4.sql: syntax error, LINE 3");
    });
    broken.retries = 3;
    std::atomic<int> other = 0;
    Execution done = run_graph({broken, step("next", {"broken"}), step("last", {"next"}),
                                step("other", {}, [&](StepContext&) -> Outcome {
                                    ++other;
                                    return Ledger{.read = 1, .written = 1};
                                })});
    EXPECT_EQ(done.run.state, RunState::failed);
    EXPECT_THAT(done.run.reason, HasSubstr("step broken: q4.sql: syntax error, LINE 3"));
    EXPECT_THAT(done.run.reason, HasSubstr("not tried again"));
    EXPECT_EQ(done.run.ledger, std::nullopt);
    EXPECT_EQ(other, 1);
    EXPECT_EQ(told().steps.size(), 4u);  // no second attempt: the same SQL gives the same error
    EXPECT_EQ(told_step("next").state, StepState::upstream_failed);
    EXPECT_EQ(told_step("last").state, StepState::upstream_failed);
    EXPECT_THAT(told_step("next").reason, HasSubstr("needs broken"));
}

// The work ends when it is told to, as a query does that is interrupted.
TEST_F(ExecutionTest, a_step_that_takes_too_long_is_told_to_stop_and_is_told_of) {
    Step slow = step("slow", {}, [](StepContext& context) -> Outcome {
        std::latch told(1);
        std::atomic<bool> is_told = false;
        context.when_stopped([&] {
            if (!is_told.exchange(true)) told.count_down();
        });
        told.wait();
        EXPECT_TRUE(context.is_stopped());
        context.when_stopped([] {});
        return fail(Errc::cancelled, "interrupted");
    });
    slow.timeout_ms = 60'000;
    winds_at_each_look(1'000);
    Execution done = run_graph({slow, step("after", {"slow"})});
    EXPECT_EQ(done.run.state, RunState::failed);
    EXPECT_FALSE(done.is_stuck);
    EXPECT_EQ(done.run.reason, "step slow: timed out after 1m");
    EXPECT_EQ(told_step("after").state, StepState::upstream_failed);
}

TEST_F(ExecutionTest, a_step_that_ignores_being_told_is_left_behind_and_the_run_says_so) {
    struct Hang {
        std::latch release{1};
        std::latch gone{1};
    };
    auto hang = std::make_shared<Hang>();
    Step deaf = step("deaf", {}, [hang](StepContext&) -> Outcome {
        hang->release.wait();
        hang->gone.count_down();
        return std::nullopt;
    });
    deaf.timeout_ms = 60'000;
    deaf.retries = 3;
    winds_at_each_look(1'000);
    Execution done = run_graph({deaf});
    EXPECT_TRUE(done.is_stuck);
    EXPECT_EQ(done.run.state, RunState::failed);
    EXPECT_THAT(done.run.reason, HasSubstr("timed out after 1m, and did not stop within 10s"));
    hang->release.count_down();  // it ends when all that it was run for is over, and harms nobody
    hang->gone.wait();
}

TEST_F(ExecutionTest, a_cancel_of_another_process_ends_the_run) {
    auto other = folder.open();
    Step slow = step("slow", {}, [&](StepContext& context) -> Outcome {
        EXPECT_TRUE(run_here(other->request_cancel(run.id, "cancelled by a test")));
        std::latch told(1);
        std::atomic<bool> is_told = false;
        context.when_stopped([&] {
            if (!is_told.exchange(true)) told.count_down();
        });
        told.wait();
        context.when_stopped([] {});
        return fail(Errc::cancelled, "interrupted");
    });
    slow.retries = 5;
    Execution done = run_graph({slow, step("after", {"slow"})});
    EXPECT_EQ(done.run.state, RunState::cancelled);
    EXPECT_EQ(done.run.reason, "cancelled by a test");
    EXPECT_EQ(told_step("slow").state, StepState::cancelled);
    EXPECT_EQ(told_step("after").state, StepState::cancelled);
    EXPECT_EQ(told().steps.size(), 2u);
}

TEST_F(ExecutionTest, an_exception_of_a_library_fails_its_step) {
    Execution done = run_graph({step("bad", {}, [](StepContext&) -> Outcome {
        std::vector<int> none;
        (void)none.at(3);
        return std::nullopt;
    })});
    EXPECT_EQ(done.run.state, RunState::failed);
    EXPECT_THAT(done.run.reason, HasSubstr("step bad"));
}

TEST_F(ExecutionTest, a_book_that_fails_ends_the_run_with_its_error) {
    auto graph = *Graph::make({step("a", {}), step("b", {"a"}), step("c", {"b"})});
    ASSERT_TRUE(book->close());
    auto done = execute(*book, clock, run, graph, settings);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Errc::unavailable);
}

// The figure of the design: forty tasks, one after the other and side by side, every state synced.
TEST_F(ExecutionTest, forty_tasks_take_a_commit_for_each_round_and_not_for_each_change) {
    posix::SystemClock real;
    settings.look = kLook;
    for (bool is_chain : {true, false}) {
        std::vector<Step> steps;
        for (int at = 0; at < 40; ++at) {
            steps.push_back(step(fmt::format("t{}", at), {}));
            if (is_chain && at > 0) steps.back().needs = {fmt::format("t{}", at - 1)};
        }
        auto graph = *Graph::make(std::move(steps));
        pinflow::Run one =
            *run_here(book->admit({.logical_ms = is_chain ? 10 : 11, .date = "d"}, 0));
        if (one.state == RunState::queued) {  // behind the fixture's
            run.state = RunState::succeeded;
            ASSERT_TRUE(run_here(book->finish(run)));
            one = *run_here(book->take_turn(one.id, 0));
        }
        std::uint64_t before = book->commits();
        auto done = execute(*book, real, one, graph, settings);
        ASSERT_TRUE(done);
        EXPECT_EQ(done->run.state, RunState::succeeded);
        std::uint64_t commits = book->commits() - before;
        RecordProperty(is_chain ? "chain_us" : "wide_us", std::to_string(done->run.duration_us));
        fmt::print("40 tasks {}: {:.1f} ms, {} durable commits\n",
                   is_chain ? "in a chain" : "side by side",
                   static_cast<double>(done->run.duration_us) / 1e3, commits);
        EXPECT_LE(commits, is_chain ? 42u : 42u);
    }
}

}  // namespace
}  // namespace pinflow::schedule
