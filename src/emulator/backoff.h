// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>

#include "emulator/emulator.h"

namespace pinflow::emulator {

// How long to wait after failed attempt number `attempt` (the first is 1). `chance` in [0, 1)
// spreads the workers' second tries, so that they do not all come back in one moment.
std::chrono::microseconds backoff(const RetryPolicy& policy, int attempt, double chance,
                                  std::optional<std::chrono::milliseconds> retry_after);

}  // namespace pinflow::emulator
