// SPDX-License-Identifier: Apache-2.0
// Named moments at which a test may have the process die as by kill -9. In an ordinary run each
// costs one load and one branch.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

namespace pinflow {

namespace detail {
extern std::atomic<bool> crash_is_armed;
void pass_crash_point(std::string_view name);
}  // namespace detail

// Kills the process at its `count`-th passing of `name` (1 is the next). One point at a time.
void arm_crash_point(std::string_view name, std::int64_t count = 1);

// From "name" or "name:count", the form of the variable PINFLOW_CRASH_POINT; empty arms nothing.
// False if it is malformed.
bool arm_crash_point_from(std::string_view text);

inline void crash_point(std::string_view name) {
    if (detail::crash_is_armed.load(std::memory_order_relaxed)) detail::pass_crash_point(name);
}

}  // namespace pinflow
