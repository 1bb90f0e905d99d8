// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace pinflow::app {

inline constexpr std::string_view kVersion = PINFLOW_VERSION;

}  // namespace pinflow::app
