// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "record/rows.h"

namespace pinflow::batch {

// Drops, in place, the rows whose bit is not set; an empty `kept` keeps all.
void keep_rows(Rows& rows, const std::vector<bool>& kept);

}  // namespace pinflow::batch
