// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "batch/batch_run.h"

namespace pinflow::batch {

// `load: new`. Objects not read before are decoded into the table <table>_raw, with their places,
// in one commit that also notes their offsets; what is refused goes to the quarantine. The clean
// table is then made from the raw one: the last of each key, over all loads, as if all objects had
// been read at once. A run that died is taken up by the next, and counted in its ledger: the
// ledgers of a series of runs add up to that of one run over everything.
//
// The series begins anew, from all objects there are, when the clean table was made another way or
// the records are declared otherwise than they were.
Task<Result<KindReport>> load_new(BatchPorts ports, const PipelineKind& kind,
                                  std::vector<SinkObject> objects, KindSettings settings);

}  // namespace pinflow::batch
