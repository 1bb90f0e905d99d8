// SPDX-License-Identifier: Apache-2.0
#include "emulator/backoff.h"

#include <algorithm>

namespace pinflow::emulator {

std::chrono::microseconds backoff(const RetryPolicy& policy, int attempt, double chance,
                                  std::optional<std::chrono::milliseconds> retry_after) {
    using std::chrono::microseconds;
    microseconds longest = policy.wait_max;
    microseconds wait = policy.wait_first;
    for (int i = 1; i < attempt && wait < longest; ++i) wait *= 2;
    wait = std::min(wait, longest);
    microseconds half = wait / 2;
    wait = half + microseconds(static_cast<std::int64_t>(
                      chance * static_cast<double>((wait - half).count())));
    return std::max(
        wait, std::min<microseconds>(retry_after.value_or(std::chrono::milliseconds(0)), longest));
}

}  // namespace pinflow::emulator
