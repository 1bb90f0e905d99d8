// SPDX-License-Identifier: Apache-2.0
// Which day's objects a run reads, for kinds that are loaded by date. Days are those of the
// schedule's zone: 23 and 25 hours long where its clock shifts.
#pragma once

#include <string>

#include "batch/batch_run.h"
#include "schedule/zone.h"

namespace pinflow::app {

// "2024-02-29"; empty: today. invalid_argument for what is no date.
Result<batch::DateWindow> window_of_date(const schedule::Zone& zone, const std::string& date,
                                         Timestamp now_ms);

// The last day that was over at a run's logical time: such a day changes no more, so a run that is
// made again has the same result, and the run at midnight reads the day that has just ended.
batch::DateWindow window_of_run(const schedule::Zone& zone, Timestamp logical_ms);

}  // namespace pinflow::app
