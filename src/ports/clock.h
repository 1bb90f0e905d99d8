// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "record/record.h"

namespace pinflow {

// Time. Logic asks this port, never the system, so that tests wind it by hand. Any thread.
class Clock {
public:
    virtual ~Clock() = default;

    // Wall time: for what is written down and shown. It may jump.
    virtual Timestamp now_ms() = 0;

    // Monotonic microseconds from an arbitrary start: for intervals.
    virtual std::int64_t steady_us() = 0;
};

}  // namespace pinflow
