// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <thread>

namespace pinflow::app {

// While it lives, Ctrl-C (stop_requested) calls `interrupt` from a thread of its own, again at each
// look: for work that blocks in a library.
class StopWatch final {
public:
    explicit StopWatch(std::function<void()> interrupt);

private:
    std::jthread thread_;  // its end is the watch's
};

// False: stopped before the time was over, by the token or by Ctrl-C.
bool wait_unless_stopped(std::chrono::milliseconds time, const std::stop_token& stop);

}  // namespace pinflow::app
