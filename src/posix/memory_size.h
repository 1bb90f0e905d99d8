// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace pinflow::posix {

// What this process may use: the machine's memory, or less where its control groups say so
// (containers; version 1 or 2).
std::uint64_t memory_bytes();

}  // namespace pinflow::posix
