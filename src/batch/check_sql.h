// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "ports/sql_engine.h"
#include "record/pipeline.h"

namespace pinflow::batch {

// Tries every cleaning and every question of the pipeline on tables without rows: what is wrong
// with each, a text each that names its file and carries the engine's hint. What only a row can
// show (a cast that fails) is not seen: that is what the pipeline's tests are for. An error only
// when the engine cannot be had. Blocks.
Result<std::vector<std::string>> check_pipeline_sql(const Pipeline& pipeline, SqlEngine& engine);

}  // namespace pinflow::batch
