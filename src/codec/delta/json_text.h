// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace pinflow::delta {

// The text as a JSON string with its quotes: quotes, backslashes and control characters escaped.
std::string json_string(std::string_view text);

}  // namespace pinflow::delta
