// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
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

}  // namespace pinflow::app
