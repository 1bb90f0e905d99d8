// SPDX-License-Identifier: Apache-2.0
// Whether Spark answers a pipeline's SQL as the embedded engine does: both clean and ask over the
// same trial records, and what differs is told.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "app/commands.h"
#include "base/result.h"

namespace pinflow::app {

// Documents of the kind that try its SQL: those of the pipeline's test cases, and for each column
// the values about which engines disagree, in a record that is otherwise right. The n-th record of
// every kind has the same key, so that joins find something.
std::vector<std::string> trial_records(const Pipeline& pipeline, const PipelineKind& kind);

// What differs, one text each, with the SQL's file in front; none: the engines agree. Works in a
// folder of its own under staging, which is removed. Errors: those of the two batches.
Result<std::vector<std::string>> differences_on_spark(const Context& context, std::stop_token stop);

}  // namespace pinflow::app
