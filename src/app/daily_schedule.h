// SPDX-License-Identifier: Apache-2.0
// Station 9 as `pinflow up` and `pinflow run` have it: the pipeline's timetable, the run book of
// the data directory, and for `up` the scheduler over the daily graph.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "app/daily_graph.h"
#include "ports/clock.h"
#include "ports/files.h"
#include "schedule/scheduler.h"
#include "schedule/sqlite_run_book.h"

namespace pinflow::app {

// The pipeline's own line and zone are sound; else invalid_argument with the file's place.
Status check_schedule(const PipelineSchedule& schedule);

struct Planned {
    std::optional<schedule::Cron> cron;  // nothing: off
    schedule::Zone zone = schedule::Zone::utc();

    std::optional<schedule::Timetable> timetable() const;
    // The run of a date; invalid_argument when that has not begun in the zone.
    Result<RunRequest> request_for(const std::string& date, RunTrigger trigger,
                                   Timestamp now_ms) const;
};

// What the settings schedule.* make of the pipeline's; both were checked when they were read.
Result<Planned> planned_by(const Settings& settings, const PipelineSchedule& schedule);

// invalid_argument: Airflow is to run the graph, and the settings do not say how to ask it. Workers
// that run its steps need not pass.
Status check_runner(const Settings& settings);

// Of a data directory, made if absent.
Result<std::unique_ptr<schedule::SqliteRunBook>> open_run_book(const DataDirectory& directory,
                                                               Files& files);

class DailySchedule final {
public:
    // Tells of runs that were killed. `files` and `clock` must outlive it.
    static Result<std::unique_ptr<DailySchedule>> open(const Settings& settings, DailySetup setup,
                                                       Files& files, Clock& clock);

    void start() { scheduler_->start(); }
    RunBook& book() { return *book_; }
    Result<Run> start_run(const std::string& date);  // empty: today. Any thread
    std::string next_json() const;                   // {"at":…,"reason":…}; any thread
    bool is_stuck() const { return scheduler_->is_stuck(); }
    Status stop();  // the running step is cancelled

private:
    DailySchedule(Clock& clock, Planned planned, std::unique_ptr<schedule::SqliteRunBook> book)
        : clock_(clock), planned_(std::move(planned)), book_(std::move(book)) {}

    Clock& clock_;
    Planned planned_;
    std::unique_ptr<schedule::SqliteRunBook> book_;
    std::unique_ptr<schedule::Scheduler> scheduler_;
};

}  // namespace pinflow::app
