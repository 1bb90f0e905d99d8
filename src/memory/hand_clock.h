// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

#include "ports/clock.h"

namespace pinflow::memory {

// A clock that stands still until it is wound.
class HandClock final : public Clock {
public:
    explicit HandClock(Timestamp now_ms = 1'700'000'000'000) : now_ms_(now_ms) {}

    Timestamp now_ms() override { return now_ms_.load(); }
    std::int64_t steady_us() override { return steady_us_.load(); }

    void advance_ms(std::int64_t by) {
        now_ms_ += by;
        steady_us_ += by * 1'000;
    }
    void advance_us(std::int64_t by) { steady_us_ += by; }
    void set_now_ms(Timestamp now_ms) { now_ms_ = now_ms; }  // a jump of the wall clock alone

private:
    std::atomic<Timestamp> now_ms_;
    std::atomic<std::int64_t> steady_us_{0};
};

}  // namespace pinflow::memory
