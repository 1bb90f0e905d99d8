// SPDX-License-Identifier: Apache-2.0
// Runs a graph: each attempt at a step on a thread of its own, at most `steps_at_once` of them,
// every change of state durable in the run book before what follows it begins. Changes that come
// together are one commit.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "ports/clock.h"
#include "ports/run_book.h"
#include "schedule/graph.h"

namespace pinflow::schedule {

// The longest that nothing is looked at while something runs or waits: a cancel of another process,
// the wall clock, a step's time. Written here once. One look costs some microseconds.
inline constexpr std::chrono::milliseconds kLook{200};

struct ExecutionSettings {
    int steps_at_once = 4;
    std::int64_t stop_grace_ms = 10'000;  // for a step that was told to stop
    std::chrono::milliseconds look = kLook;
    // Asked at each look, on the calling thread: a reason ends the run as `cancelled`.
    std::function<std::optional<std::string>()> stop_reason = [] { return std::nullopt; };
};

struct Execution {
    Run run;  // as it ended, and as the book has it
    // A step did not stop when told: its thread is left behind and may still write. The process
    // must run nothing more, and end without waiting for it.
    bool is_stuck = false;
};

// Runs the graph for a run that is `running` in the book, and finishes it there. Blocks. An error
// is the book's: then the run's end is not written down, and its next reader will call it killed.
Result<Execution> execute(RunBook& book, Clock& clock, Run run, const Graph& graph,
                          const ExecutionSettings& settings);

}  // namespace pinflow::schedule
