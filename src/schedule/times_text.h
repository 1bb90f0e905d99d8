// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace pinflow::schedule {

// 120'000 -> "2m", 1'500 -> "1500ms": the largest unit that loses nothing.
std::string duration_text(std::int64_t duration_ms);

}  // namespace pinflow::schedule
