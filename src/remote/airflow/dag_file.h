// SPDX-License-Identifier: Apache-2.0
// The daily graph as an Airflow DAG: one Python file that imports on Airflow 3 and on 2.10 and
// later.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "record/pipeline.h"

namespace pinflow::airflow {

enum class DagTasks {
    pinflow,     // each step of the graph by the program itself
    spark,       // objects by the program, tables and answers by Spark
    databricks,  // the course's own: a notebook
};

struct DagFile {
    std::string dag_id;
    std::string owner;
    std::string pipeline;       // its name, for the description
    PipelineSchedule schedule;  // cron "" or "off": only when triggered
    std::string start_date;     // "2026-11-25"
    DagTasks tasks = DagTasks::pinflow;
    std::vector<std::string> program;  // the program and the flags that go before a command
    std::vector<std::string> steps;    // load, those side by side, ask
    int steps_at_once = 1;
    std::string notebook_path;  // of databricks
    std::string cluster_id;     // empty: a new cluster for each run
};

// invalid_argument: a DAG id that Airflow refuses, a word of `program` that its templates would
// take for theirs, a notebook that is not named.
Result<std::string> dag_file_text(const DagFile& file);

// "[A-Za-z0-9_.-]{1,250}", as Airflow has it (airflow/utils/helpers.py, validate_key).
Status check_dag_id(std::string_view dag_id);

}  // namespace pinflow::airflow
