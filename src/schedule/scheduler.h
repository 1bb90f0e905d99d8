// SPDX-License-Identifier: Apache-2.0
// The clock's runs: looks what is due, queues it in the run book, and runs what has its turn, one
// after the other, on a thread of its own. Runs asked for by hand go the same way.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "ports/clock.h"
#include "ports/run_book.h"
#include "schedule/due.h"
#include "schedule/execution.h"
#include "schedule/fire_times.h"

namespace pinflow::schedule {

// A graph for one run: made when its turn has come.
using MakeGraph = std::function<Result<Graph>(const Run& run)>;

// Does a run that has its turn, as execute() would, and finishes it in the book.
using RunElsewhere = std::function<Result<Execution>(const Run& run, const ExecutionSettings&)>;

struct SchedulerSettings {
    std::optional<Timetable> timetable;  // nothing: only runs asked for by hand
    bool catch_up = false;
    ExecutionSettings execution;  // its stop_reason is the scheduler's own
    RunElsewhere elsewhere = {};  // if set, in place of the graph: another scheduler has it
};

// When the next run is due, or why none is.
struct NextDue {
    std::optional<Timestamp> at_ms;
    std::string reason;
};

class Scheduler final {
public:
    // What is named must outlive it. Nothing runs before start().
    Scheduler(RunBook& book, Clock& clock, SchedulerSettings settings, MakeGraph make_graph);
    ~Scheduler();  // as stop()
    Scheduler(const Scheduler&) = delete;
    Scheduler& operator=(const Scheduler&) = delete;

    void start();

    // Any thread: asks for a run by hand; it comes back running or queued. Errors as
    // RunBook::admit.
    Result<Run> ask_for(RunRequest request);

    NextDue next_due() const;  // any thread

    // A step did not stop when told: nothing more is run, and the process must not wait for it.
    bool is_stuck() const { return is_stuck_.load(); }

    // The running step is told to stop, the run and those queued become `cancelled`; waits for the
    // thread, a stuck step aside. Idempotent.
    void stop(std::string reason);

    // One look of the loop, for tests with a clock wound by hand: no thread is started.
    void look_once();

private:
    void loop();
    void look();
    void look_for_due_runs();
    bool has_scheduled_waiting() const;
    void queue_scheduled(const Due& due);
    Status queue_run(Timestamp logical_ms);
    std::vector<RunSkip> tell_skips(const Due& due) const;
    void fail_look(const Error& error);
    void replace_queued(Timestamp logical_ms);
    std::string why_missed() const;
    void run_next();
    void run_now(const Run& run);
    void end_unstarted(Run run, RunState state, const std::string& reason);
    void cancel_queued();
    std::optional<std::string> stop_reason() const;
    void set_next(std::optional<Timestamp> at_ms, std::string reason);

    RunBook& book_;
    Clock& clock_;
    const SchedulerSettings settings_;
    const MakeGraph make_graph_;

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Run> waiting_;             // guarded: ours, queued or to be started
    NextDue next_;                        // guarded
    std::optional<std::string> stopped_;  // guarded
    std::atomic<bool> is_stuck_ = false;

    // The loop's own.
    bool is_first_look_ = true;
    bool has_failed_look_ = false;  // said once
    std::optional<Timestamp> decided_ms_;
    std::optional<Timestamp> next_ms_;  // after decided_ms_: until then a look is one comparison
    std::int64_t running_id_ = 0;
    std::thread thread_;
};

}  // namespace pinflow::schedule
