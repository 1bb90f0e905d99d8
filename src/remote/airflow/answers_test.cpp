// SPDX-License-Identifier: Apache-2.0
// Answers as Airflow 3.3 and 2.11 gave them, shortened.
#include "remote/airflow/answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pinflow::airflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(AirflowAnswers, times_are_read_with_and_without_fraction_and_offset) {
    EXPECT_EQ(parse_time("1970-01-01T00:00:01Z"), 1'000);
    EXPECT_EQ(parse_time("2026-11-25T00:00:00.123456Z"), 1'795'564'800'123);
    EXPECT_EQ(parse_time("2026-11-25T01:00:00.1+01:00"), 1'795'564'800'100);
    EXPECT_EQ(parse_time("2026-11-24T19:00:00-0500"), 1'795'564'800'000);
    for (std::string_view wrong : {"", "2026-11-25", "2026-13-25T00:00:00Z", "2026-11-25T00:00:00",
                                   "2026-11-25T00:00:00.5", "yesterday, at some time"}) {
        EXPECT_FALSE(parse_time(wrong)) << wrong;
    }
}

TEST(AirflowAnswers, a_dag_is_gone_in_the_words_of_both_lines) {
    EXPECT_TRUE(read_dag(R"({"dag_id":"d","is_paused":false,"is_stale":true})")->is_gone);
    EXPECT_TRUE(read_dag(R"({"dag_id":"d","is_paused":false,"is_active":false})")->is_gone);
    auto dag = read_dag(R"({"dag_id":"d","is_paused":true,"is_active":true,"tags":[{"a":1}]})");
    EXPECT_TRUE(dag->is_paused);
    EXPECT_FALSE(dag->is_gone);
}

TEST(AirflowAnswers, tasks_come_with_their_newest_try) {
    auto page = read_tasks(
        R"({"task_instances":[{"task_id":"load","map_index":-1,"state":"success","try_number":2,)"
        R"("start_date":"2026-11-25T00:00:01Z","end_date":"2026-11-25T00:00:03Z","duration":2.0},)"
        R"({"task_id":"ask","map_index":3,"state":null,"try_number":0,"start_date":null}],)"
        R"("total_entries":7})");
    ASSERT_TRUE(page) << page.error().text;
    EXPECT_EQ(page->total, 7);
    ASSERT_EQ(page->tasks.size(), 2u);
    EXPECT_EQ(page->tasks[0].try_number, 2);
    EXPECT_EQ(page->tasks[0].ended_ms - page->tasks[0].started_ms, 2'000);
    EXPECT_EQ(page->tasks[1].task, "ask[3]");
    EXPECT_EQ(page->tasks[1].state, "");
}

TEST(AirflowAnswers, a_reason_is_the_detail_and_is_bounded_and_printable) {
    EXPECT_EQ(read_reason(R"({"detail":"The Dag is not there","status":404})"),
              "The Dag is not there");
    EXPECT_EQ(read_reason(R"({"detail":[{"loc":["body"],"msg":"Field required"}]})"),
              "Field required");
    EXPECT_EQ(read_reason(R"({"detail":[{"msg":"too short","input":"secret"},7,{"msg":"b"}]})"),
              "too short, b");
    EXPECT_EQ(read_reason("no\x1b[31mno\n"), "no [31mno");
    EXPECT_EQ(read_reason("<html>\nno\n"), "") << "a page of whatever stands before it";
    EXPECT_EQ(read_reason(R"({"you_sent":"secret"})"), "");
    EXPECT_LT(read_reason(std::string(1 << 20, 'x')).size(), kReasonBytesMax + 10);
}

TEST(AirflowAnswers, a_logs_end_is_read_from_events_and_from_text) {
    EXPECT_EQ(
        read_log_end(R"({"content":[{"event":"::group::"},{"timestamp":"t","event":"Output:",)"
                     R"("level":"info"},{"event":"pinflow: no"}],"continuation_token":null})"),
        "Output:\npinflow: no");
    EXPECT_EQ(read_log_end(R"({"content":["one","two"],"continuation_token":null})"), "one\ntwo");
    EXPECT_EQ(read_log_end("a\r\n\nb\x07"
                           "c\n"),
              "a\nb c");
    std::string many;
    for (int line = 0; line < 1'000; ++line) many += "line " + std::to_string(line) + "\n";
    EXPECT_THAT(read_log_end(many), testing::EndsWith("line 999"));
    EXPECT_THAT(read_log_end(many), Not(HasSubstr("line 980")));
}

TEST(AirflowAnswers, what_is_no_answer_is_refused_and_a_token_is_not_repeated) {
    for (std::string_view wrong : {"", "null", "[]", "{\"state\":7}", "<html>", "{\"state\":\"\"}"})
        EXPECT_FALSE(read_run_state(wrong)) << wrong;
    EXPECT_EQ(*read_token(R"({"access_token":"abc"})"), "abc");
    EXPECT_THAT(read_token(R"({"acces_token":"canary"})").error().text, Not(HasSubstr("canary")));
    EXPECT_THAT(read_token("canary").error().text, Not(HasSubstr("canary")));
}

TEST(AirflowAnswers, the_order_is_who_comes_after_whom) {
    auto order = read_order(R"({"tasks":[{"task_id":"load","downstream_task_ids":["a","b"]},)"
                            R"({"task_id":"a","downstream_task_ids":[]}],"total_entries":2})");
    ASSERT_TRUE(order);
    EXPECT_THAT(order->front().downstream, ElementsAre("a", "b"));
}

}  // namespace
}  // namespace pinflow::airflow
