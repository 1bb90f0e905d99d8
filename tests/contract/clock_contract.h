// SPDX-License-Identifier: Apache-2.0
// What every twin of ports/clock.h promises.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "ports/clock.h"

namespace pinflow::contract {

class ClockContract : public testing::TestWithParam<std::function<std::shared_ptr<Clock>()>> {};

TEST_P(ClockContract, wall_time_is_milliseconds_of_our_century) {
    auto clock = GetParam()();
    EXPECT_GT(clock->now_ms(), 1'577'836'800'000);  // 2020
    EXPECT_LT(clock->now_ms(), 4'102'444'800'000);  // 2100
}

TEST_P(ClockContract, steady_time_never_goes_back) {
    auto clock = GetParam()();
    std::int64_t last = clock->steady_us();
    for (int i = 0; i < 10'000; ++i) {
        std::int64_t now = clock->steady_us();
        ASSERT_GE(now, last);
        last = now;
    }
}

}  // namespace pinflow::contract
