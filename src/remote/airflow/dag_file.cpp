// SPDX-License-Identifier: Apache-2.0
#include "remote/airflow/dag_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "codec/json/writer.h"

namespace pinflow::airflow {
namespace {

constexpr std::size_t kDagIdBytesMax = 250;

constexpr std::string_view kHead =
    R"("""The daily graph of a pinflow pipeline, for Apache Airflow 3 and 2.10 or later.

Written by `pinflow export airflow`; it is yours to change. A run is of a date: the day on which it is due, in the
schedule's time zone. Kinds that are loaded by date read the day before, which is over by then. To run a date again,
trigger the DAG with the configuration {"date": "2026-11-25"}.
"""
from __future__ import annotations

import datetime
)";

constexpr std::string_view kImports = R"(
import pendulum

try:  # Airflow 3
    from airflow.sdk import DAG
except ImportError:  # Airflow 2
    from airflow import DAG
)";

constexpr std::string_view kBashImport = R"(try:
    from airflow.providers.standard.operators.bash import BashOperator
except ImportError:
    from airflow.operators.bash import BashOperator
)";

constexpr std::string_view kDatabricksImport =
    "from airflow.providers.databricks.operators.databricks import DatabricksSubmitRunOperator\n";

constexpr std::string_view kRunDateName = "RUN_DATE = \"{{ run_date(dag_run) }}\"\n";
constexpr std::string_view kDayBeforeName = "DAY_BEFORE = \"{{ day_before(dag_run) }}\"\n";

// Airflow 2 runs a date when its interval is over, and calls it by the interval's start; Airflow 3
// calls it by the moment itself ("Upgrading to Airflow 3", create_cron_data_intervals). The end of
// the interval is that moment in both; a run that was triggered without a logical date has only
// run_after.
constexpr std::string_view kRunDate = R"(

def run_date(dag_run) -> str:
    """The same date on Airflow 2, whose runs are called by the day before, and on Airflow 3."""
    wanted = (dag_run.conf or {}).get("date")
    if wanted:
        return datetime.date.fromisoformat(wanted).isoformat()
    due = dag_run.data_interval_end or dag_run.run_after
    return pendulum.instance(due).in_timezone(TIME_ZONE).date().isoformat()
)";

constexpr std::string_view kDayBefore = R"(

def day_before(dag_run) -> str:
    """The last day that was over when the run was due."""
    date = datetime.date.fromisoformat(run_date(dag_run))
    return (date - datetime.timedelta(days=1)).isoformat()
)";

constexpr std::string_view kPinflowFunction = R"(

def pinflow(*words: str) -> str:
    return shlex.join([*PINFLOW, *words])
)";

// A Python literal: what JSON escapes, Python reads as JSON does.
std::string quoted(std::string_view text) {
    std::string out;
    json::append_string(out, text);
    return out;
}

std::string timedelta_text(std::int64_t duration_ms) {
    struct Unit {
        std::string_view name;
        std::int64_t ms;
    };
    constexpr std::array<Unit, 4> kUnits{
        {{"days", 86'400'000}, {"hours", 3'600'000}, {"minutes", 60'000}, {"seconds", 1'000}}};
    auto unit = std::ranges::find_if(kUnits, [&](const Unit& candidate) {
        return duration_ms > 0 && duration_ms % candidate.ms == 0;
    });
    return unit == kUnits.end()
               ? fmt::format("datetime.timedelta(milliseconds={})", duration_ms)
               : fmt::format("datetime.timedelta({}={})", unit->name, duration_ms / unit->ms);
}

// Our lines are cron's; two of our names for them Airflow does not have.
std::string schedule_text(const std::string& cron) {
    if (cron.empty() || cron == "off") return "None";
    if (cron == "@midnight") return quoted("@daily");
    return quoted(cron == "@annually" ? "@yearly" : cron);
}

std::string start_text(const std::string& date) {
    return fmt::format("pendulum.datetime({}, {}, {}, tz=TIME_ZONE)", *parse_int(date.substr(0, 4)),
                       *parse_int(date.substr(5, 2)), *parse_int(date.substr(8, 2)));
}

std::string dag_text(const DagFile& file) {
    const PipelineSchedule& schedule = file.schedule;
    std::string macros = file.tasks == DagTasks::spark
                             ? R"({"run_date": run_date, "day_before": day_before})"
                             : R"({"run_date": run_date})";
    std::string timeout = schedule.step_timeout_ms > 0
                              ? fmt::format("\n        \"execution_timeout\": {},",
                                            timedelta_text(schedule.step_timeout_ms))
                              : "";
    return fmt::format(
        R"(

with DAG(
    dag_id={},
    description={},
    schedule={},
    start_date={},
    catchup={},
    max_active_runs=1,
    max_active_tasks={},
    default_args={{
        "owner": {},
        "depends_on_past": False,
        "retries": {},
        "retry_delay": {},{}
    }},
    user_defined_macros={},
    tags=["pinflow"],
) as dag:
)",
        quoted(file.dag_id), quoted(fmt::format("The daily graph of {}", file.pipeline)),
        schedule_text(schedule.cron), start_text(file.start_date),
        schedule.catch_up ? "True" : "False", std::max(file.steps_at_once, 1), quoted(file.owner),
        schedule.retries, timedelta_text(schedule.retry_delay_ms), timeout, macros);
}

std::string program_text(const DagFile& file) {
    std::string words;
    for (const std::string& word : file.program)
        words += fmt::format("{}{}", words.empty() ? "" : ", ", quoted(word));
    return fmt::format("PINFLOW = [{}]\n", words);
}

std::string bash_task(std::string_view name, std::string_view words) {
    return fmt::format("    {0} = BashOperator(task_id=\"{0}\", bash_command=pinflow({1}))\n", name,
                       words);
}

std::string step_task(std::string_view name) {
    return bash_task(name, fmt::format(R"("run", "step", "{}", "--date", RUN_DATE)", name));
}

std::string pinflow_tasks(const DagFile& file) {
    std::string text;
    std::vector<std::string> middle(file.steps.begin() + 1, file.steps.end() - 1);
    for (const std::string& step : file.steps) text += step_task(step);
    return text + fmt::format("    {} >> [{}] >> {}\n", file.steps.front(), join(middle, ", "),
                              file.steps.back());
}

std::string spark_tasks(const DagFile& file) {
    return step_task(file.steps.front()) +
           bash_task("batch", R"("batch", "run", "--engine", "spark", "--date", DAY_BEFORE)") +
           fmt::format("    {} >> batch\n", file.steps.front());
}

std::string databricks_tasks(const DagFile& file) {
    std::string cluster = file.cluster_id.empty()
                              ? R"(new_cluster={
            "spark_version": "15.4.x-scala2.12",
            "node_type_id": "m5d.large",
            "num_workers": 1,
        })"
                              : fmt::format("existing_cluster_id={}", quoted(file.cluster_id));
    return fmt::format(R"(    submit_run = DatabricksSubmitRunOperator(
        task_id="submit_run",
        databricks_conn_id="databricks_default",
        {},
        notebook_task={{
            "notebook_path": {},
            "base_parameters": {{"date": RUN_DATE}},
        }},
    )
)",
                       cluster, quoted(file.notebook_path));
}

// Airflow renders what a task is given with Jinja.
Status check_no_template(std::string_view subject, std::string_view text) {
    for (std::string_view mark : {"{{", "{%", "{#"}) {
        if (text.find(mark) == std::string_view::npos) continue;
        return fail(Errc::invalid_argument,
                    fmt::format("{} '{}' holds {}, which Airflow takes for a template", subject,
                                text, mark));
    }
    return {};
}

Status check(const DagFile& file) {
    TRY_STATUS(check_dag_id(file.dag_id));
    for (const std::string& word : file.program) TRY_STATUS(check_no_template("the word", word));
    for (const std::string& step : file.steps) TRY_STATUS(check_dag_id(step));
    if (file.tasks != DagTasks::databricks) return {};
    if (file.notebook_path.empty())
        return fail(Errc::invalid_argument,
                    "which notebook? --notebook-path /Users/you@example.com/daily");
    return check_no_template("--notebook-path", file.notebook_path);
}

}  // namespace

Status check_dag_id(std::string_view dag_id) {
    bool is_sound = !dag_id.empty() && dag_id.size() <= kDagIdBytesMax &&
                    std::ranges::all_of(dag_id, [](char c) {
                        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                               (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
                    });
    if (is_sound) return {};
    return fail(Errc::invalid_argument,
                fmt::format("'{}' is no name for Airflow: letters, digits, '_', '-' and '.', at "
                            "most {} of them (--dag-id)",
                            dag_id, kDagIdBytesMax));
}

Result<std::string> dag_file_text(const DagFile& file) {
    TRY_STATUS(check(file));
    bool is_databricks = file.tasks == DagTasks::databricks;
    std::string text(kHead);
    if (!is_databricks) text += "import shlex\n";
    text += kImports;
    text += is_databricks ? kDatabricksImport : kBashImport;
    text += fmt::format("\nTIME_ZONE = {}\n{}", quoted(file.schedule.time_zone), kRunDateName);
    if (file.tasks == DagTasks::spark) text += kDayBeforeName;
    if (!is_databricks) text += program_text(file);
    text += kRunDate;
    if (file.tasks == DagTasks::spark) text += kDayBefore;
    if (!is_databricks) text += kPinflowFunction;
    text += dag_text(file);
    switch (file.tasks) {
        case DagTasks::pinflow: return text + pinflow_tasks(file);
        case DagTasks::spark: return text + spark_tasks(file);
        case DagTasks::databricks: return text + databricks_tasks(file);
    }
    return text;
}

}  // namespace pinflow::airflow
