// SPDX-License-Identifier: Apache-2.0
#include "remote/airflow/story.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pinflow::airflow {
namespace {

using testing::ElementsAre;

std::vector<std::string> told(const std::vector<RunStep>& steps) {
    std::vector<std::string> lines;
    for (const RunStep& step : steps) {
        lines.push_back(fmt::format("{} {}.{} {}{}{}", step.position, step.name, step.attempt,
                                    name_of(step.state), step.reason.empty() ? "" : ": ",
                                    step.reason));
    }
    return lines;
}

TEST(DagRunStory, steps_stand_in_an_order_in_which_they_could_run) {
    DagRunStory story({{"ask", {}}, {"clean", {"ask"}}, {"load", {"clean"}}});
    EXPECT_THAT(told(story.look({{.task = "ask", .state = ""},
                                 {.task = "clean", .state = "scheduled"},
                                 {.task = "load", .state = "running", .try_number = 1}})),
                ElementsAre("3 ask.1 waiting: waits for clean",
                            "2 clean.1 waiting: scheduled in Airflow, which has no slot for it yet",
                            "1 load.1 running"));
}

TEST(DagRunStory, only_what_has_changed_is_told_again) {
    DagRunStory story;
    TaskAnswer load{.task = "load", .state = "running", .try_number = 1, .started_ms = 1'000};
    EXPECT_EQ(story.look({load}).size(), 1u);
    EXPECT_TRUE(story.look({load}).empty());
    load.state = "success";
    load.ended_ms = 3'000;
    auto changed = story.look({load});
    EXPECT_THAT(told(changed), ElementsAre("1 load.1 succeeded"));
    EXPECT_EQ(changed.front().duration_us, 2'000'000);
    EXPECT_TRUE(story.look({load}).empty());
}

TEST(DagRunStory, a_retry_is_a_failed_attempt_and_one_that_waits) {
    DagRunStory story;
    EXPECT_THAT(told(story.look({{.task = "a", .state = "up_for_retry", .try_number = 1}})),
                ElementsAre("1 a.1 failed: failed in Airflow",
                            "1 a.2 waiting: Airflow tries it again after attempt 1 failed"));
    EXPECT_THAT(told(story.look({{.task = "a", .state = "success", .try_number = 2}})),
                ElementsAre("1 a.2 succeeded"));
    EXPECT_EQ(story.failure(), "");
}

TEST(DagRunStory, a_retry_that_went_by_between_two_looks_is_told_too) {
    DagRunStory story;
    (void)story.look({{.task = "a", .state = "running", .try_number = 1}});
    EXPECT_THAT(told(story.look({{.task = "a", .state = "running", .try_number = 2}})),
                ElementsAre("1 a.1 failed: failed in Airflow", "1 a.2 running"));
}

TEST(DagRunStory, the_failure_is_the_first_steps_with_the_reason_it_was_given) {
    DagRunStory story({{"a", {"b"}}, {"b", {}}});
    auto changed = story.look({{.task = "a", .state = "failed", .try_number = 3},
                               {.task = "b", .state = "upstream_failed"}});
    EXPECT_THAT(told(changed), ElementsAre("1 a.3 failed: failed in Airflow",
                                           "2 b.1 upstream_failed: a task before it failed"));
    story.set_reason(changed.front(), "no disk");
    EXPECT_EQ(story.failure(), "step a: no disk");
}

TEST(DagRunStory, a_circle_or_a_state_of_a_later_airflow_confuses_nobody) {
    DagRunStory story({{"a", {"b"}}, {"b", {"a"}}});
    EXPECT_THAT(told(story.look({{.task = "b", .state = "dreaming", .try_number = 1}})),
                ElementsAre("1 b.1 waiting: dreaming in Airflow"));
    EXPECT_THAT(told(story.close(StepState::cancelled, "over")),
                ElementsAre("1 b.1 cancelled: over"));
}

}  // namespace
}  // namespace pinflow::airflow
