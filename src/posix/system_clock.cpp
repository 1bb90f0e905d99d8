// SPDX-License-Identifier: Apache-2.0
#include "posix/system_clock.h"

#include <chrono>

namespace pinflow::posix {

using namespace std::chrono;

Timestamp SystemClock::now_ms() {
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

std::int64_t SystemClock::steady_us() {
    return duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count();
}

}  // namespace pinflow::posix
