// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ports/clock.h"

namespace pinflow::posix {

class SystemClock final : public Clock {
public:
    Timestamp now_ms() override;
    std::int64_t steady_us() override;
};

}  // namespace pinflow::posix
