// SPDX-License-Identifier: Apache-2.0
// The run book: which runs of the daily graph there were, are and wait, with their steps, logs and
// reasons. Shared by processes (a server and commands beside it). Twin: schedule/ (SQLite).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "record/ledger.h"
#include "record/record.h"

namespace pinflow {

enum class RunTrigger { scheduled, manual, backfill };
// queued and running are live; the others are final.
enum class RunState { queued, running, succeeded, failed, cancelled, killed, skipped };
enum class StepState { waiting, running, succeeded, failed, upstream_failed, cancelled, killed };

std::string_view name_of(RunTrigger trigger);
std::string_view name_of(RunState state);
std::string_view name_of(StepState state);
bool is_live(RunState state);

// A run is known by its number; what it is a run of, by its logical time and that time's date.
struct Run {
    std::int64_t id = 0;
    Timestamp logical_ms = 0;  // the moment that the cron line named, UTC
    std::string date;          // of that moment in the schedule's zone: "2026-11-25"
    RunTrigger trigger = RunTrigger::manual;
    RunState state = RunState::queued;
    std::string reason;       // why it waits, or why it ended as it did; empty when all is well
    Timestamp queued_ms = 0;  // wall clock; 0: not yet
    Timestamp started_ms = 0;
    Timestamp ended_ms = 0;
    std::int64_t duration_us = 0;  // by the monotonic clock
    std::optional<Ledger> ledger;  // of a run that succeeded: the sum of its steps'
};

// One attempt at one step.
struct RunStep {
    int position = 0;  // in the graph
    std::string name;
    int attempt = 1;
    StepState state = StepState::waiting;
    std::string reason;  // why it waits, or the error
    Timestamp started_ms = 0;
    Timestamp ended_ms = 0;
    std::int64_t duration_us = 0;
    std::optional<Ledger> ledger;
};

struct RunLogLine {
    Timestamp at_ms = 0;
    std::string step;
    int attempt = 1;
    std::string text;
};

struct RunDetails {
    Run run;
    std::vector<RunStep> steps;  // by position, then attempt
    std::vector<RunLogLine> log;
};

struct RunRequest {
    Timestamp logical_ms = 0;
    std::string date;
    RunTrigger trigger = RunTrigger::manual;
    bool may_wait = true;  // false: `busy` rather than `queued` when another run is live
};

// What a schedule has decided: everything up to `decided_ms` has been run, queued or skipped.
struct ScheduleMark {
    std::string schedule;  // the cron line and its zone: another line is another schedule
    Timestamp decided_ms = 0;
};

struct RunSkip {
    Timestamp logical_ms = 0;
    std::string date;
    std::string reason;
};

// Any reactor; each write is durable when it completes. `now_ms` is the wall clock, for what is
// written down. Live runs belong to the book that admitted them, for as long as its process lives.
class RunBook {
public:
    virtual ~RunBook() = default;

    // Asks for a run, in one transaction: it comes back `running`, or `queued` with the reason
    // behind the one that is live. conflict: a live run of the same logical time, or, when it is
    // the schedule that asks, any scheduled one. busy: another is live and may_wait is false.
    virtual Task<Result<Run>> admit(RunRequest request, Timestamp now_ms) = 0;

    // Again for a run of ours that is queued: `running` once nothing older is live; else `queued`
    // with the reason, or `cancelled`. not_found.
    virtual Task<Result<Run>> take_turn(std::int64_t id, Timestamp now_ms) = 0;

    // The steps' states as they are now (by position and attempt), and further log lines. Lines
    // past kRunLogLinesMax of a run are dropped, and the last kept says so.
    virtual Task<Status> record(std::int64_t id, std::vector<RunStep> steps,
                                std::vector<RunLogLine> log) = 0;

    // Writes down how a live run of ours ended. Old runs go, past kRunsKeptMax.
    virtual Task<Status> finish(Run ended) = 0;

    // Runs of other processes that are live by their state while their process is gone become
    // `killed`, with their steps. Gives those that did. admit and take_turn do the same.
    virtual Task<Result<std::vector<Run>>> sweep(Timestamp now_ms) = 0;

    // What the schedule has decided; nothing if it is new.
    virtual Task<Result<std::optional<Timestamp>>> decided(std::string schedule) = 0;

    // A new mark with what was skipped on the way, in one transaction; what is in the book already
    // is not told again.
    virtual Task<Status> decide(ScheduleMark mark, std::vector<RunSkip> skipped,
                                Timestamp now_ms) = 0;

    // Asks the run's process to end it. Gives the run as it is. not_found; conflict if it has
    // ended.
    virtual Task<Result<Run>> request_cancel(std::int64_t id, std::string reason) = 0;

    // The reason, once a cancel has been asked for.
    virtual Task<Result<std::optional<std::string>>> cancel_reason(std::int64_t id) = 0;

    virtual Task<Result<std::vector<Run>>> list(std::size_t runs_max) = 0;  // the newest first

    virtual Task<Result<RunDetails>> details(std::int64_t id) = 0;  // not_found
};

inline constexpr std::size_t kRunsKeptMax = 1'000;
inline constexpr std::size_t kRunLogLinesMax = 2'000;
inline constexpr std::size_t kRunTextBytesMax = 8 << 10;  // of a log line or a reason; cut above

}  // namespace pinflow
