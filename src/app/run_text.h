// SPDX-License-Identifier: Apache-2.0
// Runs as people read them.
#pragma once

#include <string>
#include <vector>

#include "ports/run_book.h"

namespace pinflow::app {

std::string runs_text(const std::vector<Run>& runs);  // a line each, with its ledger or its reason

// The run, its steps with attempts, times, ledgers and reasons; and its log if asked for.
std::string details_text(const RunDetails& details, bool with_log);

}  // namespace pinflow::app
