// SPDX-License-Identifier: Apache-2.0
// The daily graph: load -> clean_<kind>, side by side -> ask; with `batch.engine: spark`, load ->
// spark -> ask.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "app/data_directory.h"
#include "app/reading.h"
#include "app/settings.h"
#include "ports/run_book.h"
#include "ports/sql_engine.h"
#include "record/pipeline.h"
#include "schedule/graph.h"
#include "schedule/zone.h"

namespace pinflow::app {

// Brings what was accepted into objects before they are listed, and says how ("the sink flushed").
using FlushSink = std::function<Result<std::string>()>;

struct DailySetup {
    Settings settings;
    DataDirectory directory;
    Pipeline pipeline;
    std::string objects_at;  // the place that holds topics/
    std::string prefix;      // "topics/"
    SqlSettings sql;         // of the whole run: steps that run at once share it
    schedule::Zone zone = schedule::Zone::utc();  // whose days are meant by `load: by_date`
    FlushSink flush;
    // Instead of the embedded engine: all kinds and questions in one step.
    std::function<Result<BatchOutcome>(std::stop_token)> on_spark;
};

DailySetup daily_setup(const Settings& settings, const Pipeline& pipeline,
                       const DataDirectory& directory, const schedule::Zone& zone, FlushSink flush);

// How many steps of a run may go on at once, which is how many kinds the memory allows.
int steps_at_once(const DailySetup& setup);

// A graph for the run of that logical time (batch/ is told the day before it: run_window.h).
// Everything it needs is opened by its first step and belongs to the graph, so
// a step that is left behind harms nothing but itself.
Result<schedule::Graph> daily_graph(const DailySetup& setup, Timestamp logical_ms);

// The graph's steps by name, in order: load, clean_<kind> of each kind, ask.
std::vector<std::string> daily_steps(const Pipeline& pipeline);

// One of them by itself, for a scheduler that makes each a process (Airflow): what the others did
// before is in the date's notes (step_notes.h). Clean steps may go on side by side, each once; no
// batch run may go on beside them. Blocks. invalid_argument for a name that is no step's;
// failed_check when an earlier step of the date has not been done.
Result<std::optional<Ledger>> run_daily_step(const DailySetup& setup, const RunRequest& request,
                                             const std::string& step,
                                             schedule::StepContext& context);

}  // namespace pinflow::app
