// SPDX-License-Identifier: Apache-2.0
// One attempt at one step, on its own thread, and the bell by which it tells that it is done.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "ports/clock.h"
#include "ports/run_book.h"
#include "schedule/graph.h"

namespace pinflow::schedule {

// Rung by steps, waited for by the execution. Shared by both, since a step that is left behind
// rings when the execution is long over.
struct Bell {
    std::mutex mutex;
    std::condition_variable rung;
    bool is_rung = false;         // guarded
    std::vector<RunLogLine> log;  // guarded; at most kRunLogLinesMax, the rest is dropped

    void ring();
    // Until it is rung (true), or `look` has passed.
    bool wait(std::chrono::microseconds look);
};

// The execution's thread calls. Destroying one whose work goes on leaves its thread behind: all
// that it touches is its own or shared.
class StepThread final {
public:
    StepThread(Step step, int attempt, Clock& clock, std::shared_ptr<Bell> bell);
    ~StepThread();
    StepThread(const StepThread&) = delete;
    StepThread& operator=(const StepThread&) = delete;

    // What the work returned, once; nothing while it goes on.
    std::optional<Result<std::optional<Ledger>>> take_outcome();

    void stop();  // tells it to stop; may be told again

private:
    class State;
    std::shared_ptr<State> state_;  // with the thread: it may outlive this
    std::thread thread_;
    bool is_over_ = false;
};

}  // namespace pinflow::schedule
