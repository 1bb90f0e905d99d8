// SPDX-License-Identifier: Apache-2.0
// What the workers of one run share.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>

#include "emulator/emulator.h"
#include "emulator/tally.h"

namespace pinflow::emulator {

struct TimedDraw {
    Draw draw;
    std::chrono::microseconds wait{0};  // before posting
};

struct Run {
    Run(EmulatorSettings the_settings, EmulatorPorts the_ports);

    // The next draw and how long to wait for its turn; nothing: no more. Any worker.
    std::optional<TimedDraw> next_draw();

    // The rate's first draw is due now. Before the workers start.
    void begin();

    // Keeps the first error and asks everybody to stop. Any worker.
    void fail_with(Error error);

    EmulatorSettings settings;
    EmulatorPorts ports;
    Tally tally;
    std::stop_source halt;  // begin no more draws, waits and retries
    std::stop_source cut;   // drop what is under way

    bool has_begun = false;  // run() is called once

    std::mutex mutex;  // of all below
    std::condition_variable_any worker_left;
    int workers_active = 0;
    std::optional<Error> error;
    std::int64_t draws_taken = 0;
    double next_due_us = 0;  // RatePace

private:
    std::chrono::microseconds turn(const Draw& draw);
};

}  // namespace pinflow::emulator
