// SPDX-License-Identifier: Apache-2.0
// For `check --connect`: what can be told of Spark without running anything on it.
#pragma once

#include <string>

#include "base/result.h"
#include "remote/spark/databricks.h"
#include "remote/spark/submit.h"

namespace pinflow::spark {

// Where spark-submit is. not_found: nowhere on the PATH, or no file of that name.
Result<std::string> find_submit(const SubmitSettings& settings);

// The workspace answers and takes the token. unavailable, timed_out, permission (401, 403).
Status check_databricks(const DatabricksSettings& settings);

}  // namespace pinflow::spark
