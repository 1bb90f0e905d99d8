// SPDX-License-Identifier: Apache-2.0
// What every twin of ports/run_book.h promises.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "base/reactor.h"
#include "ports/run_book.h"

namespace pinflow::contract {

// Opens the same book once more, as another process would.
using OpenRunBook = std::function<std::unique_ptr<RunBook>()>;

struct RunBooksUnderTest {
    OpenRunBook open;  // empty at first
    std::shared_ptr<void> owner;
};

class RunBookContract : public testing::TestWithParam<std::function<RunBooksUnderTest()>> {
protected:
    static constexpr Timestamp kDay = 86'400'000;
    static constexpr Timestamp kNow = 20'000 * kDay;

    static RunRequest request(std::int64_t day, RunTrigger trigger = RunTrigger::manual,
                              bool may_wait = true) {
        return {.logical_ms = day * kDay,
                .date = "day " + std::to_string(day),
                .trigger = trigger,
                .may_wait = may_wait};
    }
    Result<pinflow::Run> admit(RunBook& book, RunRequest wanted) {
        return run_here(book.admit(std::move(wanted), kNow));
    }
    void finish(RunBook& book, pinflow::Run run, RunState state) {
        run.state = state;
        run.ended_ms = kNow + 1;
        ASSERT_TRUE(run_here(book.finish(run)));
    }
    RunDetails details(RunBook& book, std::int64_t id) {
        auto found = run_here(book.details(id));
        EXPECT_TRUE(found) << found.error().text;
        return found ? *found : RunDetails{};
    }

    RunBooksUnderTest under_ = GetParam()();
    std::unique_ptr<RunBook> book_ = under_.open();
};

TEST_P(RunBookContract, a_run_is_told_from_its_request_to_its_end) {
    auto run = admit(*book_, request(1));
    ASSERT_TRUE(run) << run.error().text;
    EXPECT_EQ(run->state, RunState::running);
    EXPECT_EQ(run->started_ms, kNow);
    RunStep step{.position = 0, .name = "load", .state = StepState::running, .started_ms = 5};
    ASSERT_TRUE(
        run_here(book_->record(run->id, {step}, {{.at_ms = 6, .step = "load", .text = "one"}})));
    step.state = StepState::failed;
    step.reason = "no disk";
    step.ledger = Ledger{.read = 3, .written = 2, .quarantined = 1};
    RunStep again{.position = 0, .name = "load", .attempt = 2, .reason = "tried again"};
    ASSERT_TRUE(run_here(
        book_->record(run->id, {step, again}, {{.at_ms = 7, .step = "load", .text = "two"}})));
    run->ledger = Ledger{.read = 9, .written = 9};
    run->reason = "why";
    finish(*book_, *run, RunState::failed);

    RunDetails told = details(*under_.open(), run->id);
    EXPECT_EQ(told.run.state, RunState::failed);
    EXPECT_EQ(told.run.reason, "why");
    EXPECT_EQ(told.run.date, "day 1");
    EXPECT_EQ(told.run.ledger, run->ledger);
    EXPECT_EQ(told.run.ended_ms, kNow + 1);
    ASSERT_EQ(told.steps.size(), 2u);
    EXPECT_EQ(told.steps[0].state, StepState::failed);
    EXPECT_EQ(told.steps[0].reason, "no disk");
    EXPECT_EQ(told.steps[0].ledger, step.ledger);
    EXPECT_EQ(told.steps[1].attempt, 2);
    ASSERT_EQ(told.log.size(), 2u);
    EXPECT_EQ(told.log[1].text, "two");
    EXPECT_EQ(run_here(book_->details(99)).error().code, Errc::not_found);
}

TEST_P(RunBookContract, two_live_runs_of_one_date_never) {
    auto other = under_.open();
    auto first = admit(*book_, request(1));
    auto same = admit(*other, request(1, RunTrigger::backfill));
    ASSERT_FALSE(same);
    EXPECT_EQ(same.error().code, Errc::conflict);
    EXPECT_THAT(same.error().text, testing::HasSubstr("run " + std::to_string(first->id)));
    finish(*book_, *first, RunState::succeeded);
    EXPECT_TRUE(admit(*other, request(1)));  // by hand it may be run again
}

TEST_P(RunBookContract, a_second_run_waits_with_its_reason_until_the_first_has_ended) {
    auto other = under_.open();
    auto first = admit(*book_, request(1));
    auto refused = admit(*other, request(2, RunTrigger::manual, false));
    EXPECT_EQ(refused.error().code, Errc::busy);
    auto second = admit(*other, request(2));
    auto third = admit(*book_, request(3));
    ASSERT_TRUE(second && third);
    EXPECT_EQ(second->state, RunState::queued);
    EXPECT_THAT(second->reason,
                testing::HasSubstr("run " + std::to_string(first->id) + " of day 1"));
    EXPECT_EQ(run_here(other->take_turn(second->id, kNow))->state, RunState::queued);
    finish(*book_, *first, RunState::succeeded);
    EXPECT_EQ(run_here(book_->take_turn(third->id, kNow))->state,
              RunState::queued);  // in their order
    EXPECT_EQ(run_here(other->take_turn(second->id, kNow))->state, RunState::running);
    finish(*other, *second, RunState::failed);
    EXPECT_EQ(run_here(book_->take_turn(third->id, kNow))->state, RunState::running);
}

TEST_P(RunBookContract, the_runs_of_a_process_that_is_gone_are_killed_and_can_be_run_again) {
    auto gone = under_.open();
    auto run = admit(*gone, request(1));
    auto queued = admit(*gone, request(2));
    ASSERT_TRUE(run_here(gone->record(run->id,
                                      {{.position = 0, .name = "a", .state = StepState::succeeded},
                                       {.position = 1, .name = "b", .state = StepState::running}},
                                      {})));
    EXPECT_EQ(run_here(book_->sweep(kNow))->size(), 0u);  // it lives
    gone.reset();
    auto again = admit(*book_, request(1, RunTrigger::manual, false));
    ASSERT_TRUE(again) << again.error().text;
    RunDetails killed = details(*book_, run->id);
    EXPECT_EQ(killed.run.state, RunState::killed);
    EXPECT_THAT(killed.run.reason, testing::HasSubstr("--date day 1"));
    EXPECT_EQ(killed.steps[0].state, StepState::succeeded);
    EXPECT_EQ(killed.steps[1].state, StepState::killed);
    EXPECT_EQ(details(*book_, queued->id).run.state, RunState::killed);
    EXPECT_EQ(run_here(book_->sweep(kNow))->size(), 0u);  // told once
}

TEST_P(RunBookContract, a_cancel_reaches_the_process_that_runs_and_one_that_waits) {
    auto other = under_.open();
    auto running = admit(*book_, request(1));
    auto queued = admit(*book_, request(2));
    EXPECT_EQ(*run_here(book_->cancel_reason(running->id)), std::nullopt);
    ASSERT_TRUE(run_here(other->request_cancel(running->id, "enough")));
    ASSERT_TRUE(run_here(other->request_cancel(queued->id, "also")));
    EXPECT_EQ(*run_here(book_->cancel_reason(running->id)), "enough");
    auto turn = run_here(book_->take_turn(queued->id, kNow));
    EXPECT_EQ(turn->state, RunState::cancelled);
    EXPECT_EQ(turn->reason, "also");
    finish(*book_, *running, RunState::cancelled);
    EXPECT_EQ(run_here(other->request_cancel(running->id, "late")).error().code, Errc::conflict);
    EXPECT_EQ(run_here(other->request_cancel(77, "none")).error().code, Errc::not_found);
}

TEST_P(RunBookContract, the_mark_and_what_was_skipped_are_kept_together_and_told_once) {
    EXPECT_EQ(*run_here(book_->decided("s")), std::nullopt);
    auto killed = admit(*book_, request(2, RunTrigger::scheduled));
    finish(*book_, *killed, RunState::failed);
    ASSERT_TRUE(run_here(book_->decide(
        {"s", 3 * kDay}, {{1 * kDay, "day 1", "missed"}, {2 * kDay, "day 2", "missed"}}, kNow)));
    EXPECT_EQ(*run_here(under_.open()->decided("s")), 3 * kDay);
    EXPECT_EQ(*run_here(book_->decided("other")), std::nullopt);
    auto runs = *run_here(book_->list(10));
    ASSERT_EQ(runs.size(), 2u);  // day 2 was in the book already
    EXPECT_EQ(runs[0].state, RunState::skipped);
    EXPECT_EQ(runs[0].reason, "missed");
    EXPECT_EQ(runs[0].date, "day 1");
}

TEST_P(RunBookContract, the_schedule_runs_a_logical_time_once) {
    auto run = admit(*book_, request(1, RunTrigger::scheduled));
    finish(*book_, *run, RunState::failed);
    EXPECT_EQ(admit(*book_, request(1, RunTrigger::scheduled)).error().code, Errc::conflict);
    auto manual = admit(*book_, request(2));
    finish(*book_, *manual, RunState::succeeded);
    EXPECT_TRUE(admit(*book_, request(2, RunTrigger::scheduled)));  // by hand it was too early
}

TEST_P(RunBookContract, the_history_is_bounded_and_so_is_the_log_of_a_run) {
    auto oldest = admit(*book_, request(0));
    std::vector<RunLogLine> lines(kRunLogLinesMax + 10,
                                  {.text = std::string(2 * kRunTextBytesMax, 'x')});
    lines.resize(kRunLogLinesMax + 10, {.text = "y"});
    for (std::size_t at = 1; at < lines.size(); ++at) lines[at].text = "y";
    ASSERT_TRUE(run_here(book_->record(oldest->id, {{.name = "a"}}, lines)));
    auto log = details(*book_, oldest->id).log;
    ASSERT_EQ(log.size(), kRunLogLinesMax);
    EXPECT_EQ(log.front().text.size(), kRunTextBytesMax);
    EXPECT_THAT(log.back().text, testing::HasSubstr("not kept"));
    finish(*book_, *oldest, RunState::succeeded);
    std::vector<RunSkip> skips;
    for (std::int64_t day = 1; day <= static_cast<std::int64_t>(kRunsKeptMax); ++day) {
        skips.push_back({day * kDay, "d", "r"});
    }
    ASSERT_TRUE(run_here(book_->decide({"s", 0}, skips, kNow)));
    EXPECT_EQ(run_here(book_->list(2 * kRunsKeptMax))->size(), kRunsKeptMax);
    EXPECT_EQ(run_here(book_->details(oldest->id)).error().code, Errc::not_found);
}

}  // namespace pinflow::contract
