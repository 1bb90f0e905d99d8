// SPDX-License-Identifier: Apache-2.0
// The run book as JSON: for /api/v1/runs and for `pinflow run … --json`, which are the same.
#pragma once

#include <string>
#include <vector>

#include "codec/json/writer.h"
#include "ports/run_book.h"

namespace pinflow::dash {

// {"id":…,"date":…,"logical_ms":…,"trigger":…,"state":…,"reason":…,…,"ledger":{…}|null}; times that
// are not yet are null.
void write_run(json::JsonWriter& writer, const Run& run);

std::string run_json(const Run& run);
std::string runs_json(const std::vector<Run>& runs);  // an array

// The run with "steps" and "log".
std::string details_json(const RunDetails& details);

}  // namespace pinflow::dash
