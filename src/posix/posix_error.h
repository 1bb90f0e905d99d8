// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/result.h"

namespace pinflow::posix {

// errno as an Error: "cannot write log/x.log: No space left on device".
std::unexpected<Error> fail_errno(int error, std::string_view action, std::string_view path,
                                  std::source_location where = std::source_location::current());

}  // namespace pinflow::posix
