// SPDX-License-Identifier: Apache-2.0
// A run of the run book that Airflow does: its DAG is triggered, its tasks are followed to the
// end, and the book has them as it has our own steps.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "ports/clock.h"
#include "ports/run_book.h"
#include "remote/airflow/client.h"

namespace pinflow::airflow {

inline constexpr std::int64_t kLookFirstMs = 500;            // between two looks at a dag run ...
inline constexpr std::int64_t kLookMaxMs = 5'000;            // ... while nothing changes
inline constexpr std::int64_t kSilenceMaxMs = 600'000;       // without an answer, before giving up
inline constexpr std::int64_t kDagRunMaxMs = 86'400'000;     // of a run, queued or running
inline constexpr std::chrono::milliseconds kWaitSlice{200};  // a stop is seen within it

struct FollowSettings {
    int retries = 1;                        // of the trigger
    std::int64_t retry_delay_ms = 120'000;  // before it is tried again
    // Asked about every kWaitSlice, on the calling thread: a reason ends the run as `cancelled`,
    // and leaves Airflow's alone.
    std::function<std::optional<std::string>()> stop_reason = [] { return std::nullopt; };
    std::function<void(std::chrono::milliseconds)> wait;  // empty: sleeps
};

// The same for the same scheduled run, so that a trigger told twice is one run; of a run by hand,
// each is its own.
std::string dag_run_id(const Run& run);

// For a run that is `running` in the book; finishes it there. Blocks. An error is the book's. A
// cancel asked for in the book ends Airflow's run too.
Result<Run> follow_dag_run(RunBook& book, Clock& clock, AirflowClient& client, Run run,
                           const FollowSettings& settings);

}  // namespace pinflow::airflow
