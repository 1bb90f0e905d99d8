// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"
#include "record/pipeline.h"

namespace pinflow::app {

// The pipeline of that directory, or, when it is empty, the copy that the binary carries.
Result<Pipeline> pipeline_of(const std::string& directory);

}  // namespace pinflow::app
