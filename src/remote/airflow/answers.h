// SPDX-License-Identifier: Apache-2.0
// What Airflow's REST API answers, as values. The members used here are the same in /api/v1
// (Airflow 2) and /api/v2 (Airflow 3); all others are passed over. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "record/record.h"

namespace pinflow::airflow {

struct DagAnswer {
    bool is_paused = false;
    bool is_gone = false;  // its file is no longer there: is_active false (2), is_stale true (3)
};

// One task instance: the newest try of it.
struct TaskAnswer {
    std::string task;   // with "[2]" behind it when it is mapped
    std::string state;  // as Airflow calls it; empty: none yet
    int try_number = 0;
    Timestamp started_ms = 0;  // 0: not yet
    Timestamp ended_ms = 0;
};

struct TasksPage {
    std::vector<TaskAnswer> tasks;
    std::int64_t total = 0;
};

struct TaskOrder {
    std::string task;
    std::vector<std::string> downstream;
};

// invalid_argument for what is not the JSON that it should be.
Result<DagAnswer> read_dag(std::string_view json);
Result<std::string> read_run_state(std::string_view json);  // "queued", "running", …
Result<TasksPage> read_tasks(std::string_view json);
Result<std::vector<TaskOrder>> read_order(std::string_view json);
Result<std::string> read_token(std::string_view json);

// {"detail":…}: the reason of a refusal, or the beginning of a plain text; at most
// kReasonBytesMax, printable. Empty for a page or other data: nothing tells what they repeat.
inline constexpr std::size_t kReasonBytesMax = 400;
std::string read_reason(std::string_view body);

// The last lines of a task's log (JSON of Airflow 3, text of Airflow 2), printable, without the
// marks by which its page folds them.
inline constexpr std::size_t kLogLinesShown = 12;
inline constexpr std::size_t kLogLineBytesMax = 400;
std::string read_log_end(std::string_view body);

// "2026-11-25T00:00:00.123456Z", or with an offset, in milliseconds; nothing for what is no time.
std::optional<Timestamp> parse_time(std::string_view text);

}  // namespace pinflow::airflow
