// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <string>

#include "base/result.h"

namespace pinflow::batch {

// The engine's error about the text of that file, led by "<file>:<line>: " where it names a line.
std::unexpected<Error> at_sql_file(Error error, const std::string& file);

}  // namespace pinflow::batch
