// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "batch/batch_run.h"

namespace pinflow::batch {

// `load: all`, where the objects' rows become the table; and `load: by_date`, where those of the
// run's date replace the rows that an earlier run of that date has written. Within a run the last
// record of a key counts; rows of other dates are not looked at.
Task<Result<KindReport>> load_whole(BatchPorts ports, const PipelineKind& kind,
                                    std::vector<SinkObject> objects, KindSettings settings);

}  // namespace pinflow::batch
