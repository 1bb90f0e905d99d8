// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/posting.h"
#include "app/terminal.h"
#include "posix/system_clock.h"

namespace pinflow::app {

// Runs an emulator to its end or to the user's stop, with the stage's bar. `while_running` is
// called every few milliseconds meanwhile, with the counts so far.
Result<emulator::EmulatorOutcome> run_emulator(
    emulator::EmulatorSettings settings, emulator::EmulatorPorts ports, Stage& stage,
    const std::function<void(const emulator::EmulatorCounts&)>& while_running = {});

// "1,000 draws, 3,000 + 3,000 accepted, 2 retries"
std::string outcome_line(const emulator::EmulatorOutcome& outcome);

}  // namespace pinflow::app
