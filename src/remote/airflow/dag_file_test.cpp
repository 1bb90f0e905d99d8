// SPDX-License-Identifier: Apache-2.0
// The file's text; tests/scenario/airflow_dag.py has real Airflows import and run it.
#include "remote/airflow/dag_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pinflow::airflow {
namespace {

using testing::HasSubstr;
using testing::Not;

DagFile some_file() {
    DagFile file{.dag_id = "ab_dag", .owner = "ab", .pipeline = "mine", .schedule = {}};
    file.schedule.cron = "30 2 * * mon-fri";
    file.schedule.time_zone = "Europe/Berlin";
    file.start_date = "2024-02-09";
    file.program = {"/opt/pin flow/pinflow", "--data-dir", "/srv/it's"};
    file.steps = {"load", "clean_a", "clean_b", "ask"};
    file.steps_at_once = 2;
    return file;
}

std::string text_of(const DagFile& file) {
    auto text = dag_file_text(file);
    EXPECT_TRUE(text.has_value()) << text.error().text;
    return text.value_or("");
}

TEST(DagFile, says_the_schedule_that_the_pipeline_declares) {
    DagFile file = some_file();
    file.schedule.retries = 3;
    file.schedule.retry_delay_ms = 90'000;
    file.schedule.step_timeout_ms = 1'500;
    file.schedule.catch_up = true;
    std::string text = text_of(file);
    EXPECT_THAT(text, HasSubstr("schedule=\"30 2 * * mon-fri\","));
    EXPECT_THAT(text, HasSubstr("TIME_ZONE = \"Europe/Berlin\"\n"));
    EXPECT_THAT(text, HasSubstr("start_date=pendulum.datetime(2024, 2, 9, tz=TIME_ZONE),"));
    EXPECT_THAT(text, HasSubstr("catchup=True,\n    max_active_runs=1,\n    max_active_tasks=2,"));
    EXPECT_THAT(text, HasSubstr("\"retries\": 3,"));
    EXPECT_THAT(text, HasSubstr("\"retry_delay\": datetime.timedelta(seconds=90),"));
    EXPECT_THAT(text, HasSubstr("\"execution_timeout\": datetime.timedelta(milliseconds=1500),"));
}

TEST(DagFile, calls_presets_by_names_that_airflow_has) {
    DagFile file = some_file();
    auto schedule_of = [&](const std::string& cron) {
        file.schedule.cron = cron;
        return text_of(file);
    };
    EXPECT_THAT(schedule_of("@daily"), HasSubstr("schedule=\"@daily\","));
    EXPECT_THAT(schedule_of("@midnight"), HasSubstr("schedule=\"@daily\","));
    EXPECT_THAT(schedule_of("@annually"), HasSubstr("schedule=\"@yearly\","));
    EXPECT_THAT(schedule_of("off"), HasSubstr("schedule=None,"));
    EXPECT_THAT(schedule_of(""), HasSubstr("schedule=None,"));
}

TEST(DagFile, runs_each_step_of_the_graph_as_a_task_of_its_own) {
    std::string text = text_of(some_file());
    EXPECT_THAT(text, HasSubstr("PINFLOW = [\"/opt/pin flow/pinflow\", \"--data-dir\", "
                                "\"/srv/it's\"]\n"));
    EXPECT_THAT(text, HasSubstr("clean_b = BashOperator(task_id=\"clean_b\", bash_command=pinflow("
                                "\"run\", \"step\", \"clean_b\", \"--date\", RUN_DATE))\n"));
    EXPECT_THAT(text, HasSubstr("    load >> [clean_a, clean_b] >> ask\n"));
}

TEST(DagFile, hands_spark_the_day_that_was_over_when_the_run_was_due) {
    DagFile file = some_file();
    file.tasks = DagTasks::spark;
    std::string text = text_of(file);
    EXPECT_THAT(text, HasSubstr("\"--engine\", \"spark\", \"--date\", DAY_BEFORE"));
    EXPECT_THAT(text, HasSubstr("def day_before(dag_run)"));
    EXPECT_THAT(text, HasSubstr("    load >> batch\n"));
    EXPECT_THAT(text, Not(HasSubstr("clean_a")));
}

TEST(DagFile, is_the_courses_own_with_a_notebook) {
    DagFile file = some_file();
    file.tasks = DagTasks::databricks;
    EXPECT_THAT(dag_file_text(file).error().text, HasSubstr("--notebook-path"));
    file.notebook_path = "/Users/a@b.c/pin \"1\"";
    std::string text = text_of(file);
    EXPECT_THAT(text, HasSubstr("submit_run = DatabricksSubmitRunOperator("));
    EXPECT_THAT(text, HasSubstr("databricks_conn_id=\"databricks_default\","));
    EXPECT_THAT(text, HasSubstr("\"notebook_path\": \"/Users/a@b.c/pin \\\"1\\\"\","));
    EXPECT_THAT(text, HasSubstr("new_cluster={"));
    file.cluster_id = "0101-120000-abc";
    EXPECT_THAT(text_of(file), HasSubstr("existing_cluster_id=\"0101-120000-abc\","));
    EXPECT_THAT(text_of(file), Not(HasSubstr("BashOperator")));
}

TEST(DagFile, refuses_what_airflow_would_refuse_or_render) {
    DagFile file = some_file();
    for (std::string wrong : {"", "a dag", "dag/1", "d\xc3\xa4g", "x'); import os"}) {
        file.dag_id = wrong;
        EXPECT_EQ(dag_file_text(file).error().code, Errc::invalid_argument) << wrong;
    }
    file = some_file();
    file.program.back() = "/srv/{{ var.value.secret }}";
    EXPECT_THAT(dag_file_text(file).error().text, HasSubstr("template"));
    EXPECT_TRUE(check_dag_id(std::string(250, 'a')).has_value());
    EXPECT_FALSE(check_dag_id(std::string(251, 'a')).has_value());
}

}  // namespace
}  // namespace pinflow::airflow
