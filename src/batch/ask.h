// SPDX-License-Identifier: Apache-2.0
// The questions, asked of the clean tables.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "ports/clock.h"
#include "ports/sql_engine.h"
#include "ports/table.h"
#include "record/pipeline.h"
#include "record/rows.h"

namespace pinflow::batch {

struct Answer {
    std::string name;
    std::string title;
    Rows rows;
    std::int64_t duration_us = 0;
};

using Answers = std::vector<Answer>;

// A session with each kind's view over its table as it is now. not_found, with what to run, when a
// table is not there yet. The pipeline must outlive the call.
Task<Result<std::unique_ptr<SqlSession>>> open_views(Lake& lake, SqlEngine& engine,
                                                     const Pipeline& pipeline,
                                                     SqlSettings settings);

// One question in such a session. The error names the question's file and carries the engine's
// hint.
Result<Answer> ask_question(SqlSession& session, Clock& clock, const Question& question);

// All questions, or those whose name begins with `only` (a whole name takes that question alone);
// not_found with the nearest name when there is none.
Task<Result<Answers>> ask(Lake& lake, SqlEngine& engine, Clock& clock, const Pipeline& pipeline,
                          std::string only, SqlSettings settings);

}  // namespace pinflow::batch
