// SPDX-License-Identifier: Apache-2.0
#include "app/daily_schedule.h"

#include <fmt/format.h>

#include <utility>

#include "app/airflow_runs.h"
#include "base/log.h"
#include "base/reactor.h"
#include "codec/json/writer.h"

namespace pinflow::app {
namespace {

Result<std::optional<schedule::Cron>> parse_line(const std::string& line) {
    if (line.empty() || line == "off") return std::nullopt;
    TRY(auto cron, schedule::parse_cron(line));
    return cron;
}

void tell_of_killed(const std::vector<Run>& killed) {
    for (const Run& run : killed) {
        log_warn("schedule", "run {} of {} was killed: {}", run.id, run.date, run.reason);
    }
}

// A stop of pinflow up cuts off what runs: the next start says so, since nothing runs it again
// unasked.
void tell_of_cut_off(const std::vector<Run>& newest) {
    for (const Run& run : newest) {
        if (run.state != RunState::cancelled) continue;
        log_warn("schedule",
                 "the last run, {} of {}, was cancelled: {}; run it again with pinflow run start "
                 "--date {}",
                 run.id, run.date, run.reason, run.date);
    }
}

}  // namespace

Status check_schedule(const PipelineSchedule& schedule) {
    auto cron = parse_line(schedule.cron);
    if (!cron) return fail(Errc::invalid_argument, schedule.cron_place + ": " + cron.error().text);
    auto zone = schedule::Zone::find(schedule.time_zone);
    if (!zone) return fail(Errc::invalid_argument, schedule.zone_place + ": " + zone.error().text);
    return {};
}

std::optional<schedule::Timetable> Planned::timetable() const {
    if (!cron) return std::nullopt;
    return schedule::Timetable{*cron, zone};
}

Result<RunRequest> Planned::request_for(const std::string& date, RunTrigger trigger,
                                        Timestamp now_ms) const {
    std::string today = zone.date_of(now_ms);
    TRY(auto begin, schedule::parse_date(date.empty() ? today : date));
    if (zone.first_moment_of(begin) > now_ms) {
        return fail(Errc::invalid_argument,
                    fmt::format("{} has not begun: it is {}", date, zone.text_of(now_ms)));
    }
    return RunRequest{.logical_ms = schedule::logical_time_of(cron, zone, begin),
                      .date = schedule::format_date(begin),
                      .trigger = trigger};
}

Result<Planned> planned_by(const Settings& settings, const PipelineSchedule& schedule) {
    Planned planned;
    const std::string& line = settings.text("schedule.cron");
    TRY(planned.cron, parse_line(line == "pipeline" ? schedule.cron : line));
    const std::string& name = settings.text("schedule.time_zone");
    TRY(planned.zone, schedule::Zone::find(name.empty() ? schedule.time_zone : name));
    return planned;
}

Status check_runner(const Settings& settings) {
    if (!runs_by_airflow(settings)) return {};
    auto airflow = airflow_settings(settings);
    return airflow ? Status{}
                   : with_context(std::move(airflow).error(), "schedule.runner: airflow");
}

Result<std::unique_ptr<schedule::SqliteRunBook>> open_run_book(const DataDirectory& directory,
                                                               Files& files) {
    TRY_STATUS(files.make_directories(directory.root));
    return schedule::SqliteRunBook::open(directory.meta_database(), files, directory.runs());
}

Result<std::unique_ptr<DailySchedule>> DailySchedule::open(const Settings& settings,
                                                           DailySetup setup, Files& files,
                                                           Clock& clock) {
    TRY(auto planned, planned_by(settings, setup.pipeline.schedule));
    TRY(auto book, open_run_book(setup.directory, files));
    TRY(auto killed, run_here(book->sweep(clock.now_ms())));
    tell_of_killed(killed);
    TRY(auto newest, run_here(book->list(1)));
    tell_of_cut_off(newest);
    std::unique_ptr<DailySchedule> made(
        new DailySchedule(clock, std::move(planned), std::move(book)));
    schedule::SchedulerSettings options{.timetable = made->planned_.timetable(),
                                        .catch_up = setup.pipeline.schedule.catch_up,
                                        .execution = {}};
    options.execution.steps_at_once = steps_at_once(setup);
    if (runs_by_airflow(settings)) {
        options.elsewhere = [&clock, &book = *made->book_, settings,
                             patience = setup.pipeline.schedule](
                                const Run& run, const schedule::ExecutionSettings& execution) {
            return run_by_airflow(book, clock, settings, patience, run, execution.stop_reason);
        };
    }
    made->scheduler_ = std::make_unique<schedule::Scheduler>(
        *made->book_, clock, std::move(options),
        [setup = std::move(setup)](const Run& run) { return daily_graph(setup, run.logical_ms); });
    return made;
}

Result<Run> DailySchedule::start_run(const std::string& date) {
    TRY(auto request, planned_.request_for(date, RunTrigger::manual, clock_.now_ms()));
    return scheduler_->ask_for(std::move(request));
}

std::string DailySchedule::next_json() const {
    schedule::NextDue next = scheduler_->next_due();
    json::JsonWriter writer;
    writer.begin_object();
    writer.key("at_ms");
    if (next.at_ms) writer.value(*next.at_ms);
    else writer.null();
    writer.member("reason", std::string_view(next.reason));
    writer.end_object();
    return std::move(writer).take();
}

Status DailySchedule::stop() {
    scheduler_->stop("stopped by signal");
    return book_->close();
}

}  // namespace pinflow::app
