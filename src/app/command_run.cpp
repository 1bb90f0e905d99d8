// SPDX-License-Identifier: Apache-2.0
// run start: the daily graph by hand, of one date or of several, in this process; the run book
// keeps it apart from a server's runs and from other commands'.
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "app/airflow_runs.h"
#include "app/commands.h"
#include "app/daily_schedule.h"
#include "app/flush_server.h"
#include "app/run_text.h"
#include "base/reactor.h"
#include "dash/runs_json.h"
#include "posix/posix_files.h"
#include "posix/system_clock.h"

namespace pinflow::app {
namespace {

constexpr int kDatesMax = 10'000;  // of one command
constexpr const char* kStopped = "stopped by signal";

class RunStarter {
public:
    RunStarter(const Context& context, const RunStartOptions& options, RunBook& book,
               const Planned& planned)
        : context_(context), options_(options), book_(book), planned_(planned) {}

    // ok: every run succeeded.
    Result<bool> start_all();
    Exit finish(const Result<bool>& outcome);

private:
    Result<std::vector<RunRequest>> requests();
    Result<std::optional<std::int64_t>> succeeded_before(const RunRequest& request);
    Result<Run> start(const RunRequest& request);
    Result<Run> wait_for_turn(Run run);
    Result<Run> run_now(const Run& run);
    void say(const std::string& text) const {
        if (!context_.quiet) print_message(text);
    }

    const Context& context_;
    const RunStartOptions& options_;
    RunBook& book_;
    const Planned& planned_;
    posix::SystemClock clock_;
    std::vector<std::int64_t> started_;
    bool has_begun_ = false;  // the dates were sound
    bool is_stuck_ = false;
};

Result<std::vector<RunRequest>> RunStarter::requests() {
    Timestamp now_ms = clock_.now_ms();
    if (options_.from.empty()) {
        TRY(auto request, planned_.request_for(options_.date, RunTrigger::manual, now_ms));
        return std::vector{request};
    }
    TRY(auto from, schedule::parse_date(options_.from));
    TRY(auto to, schedule::parse_date(options_.to));
    if (to < from) return fail(Errc::invalid_argument, "--to is before --from");
    if ((to - from) / schedule::kDayMinutes >= kDatesMax) {
        return fail(Errc::invalid_argument, fmt::format("that is more than {} dates", kDatesMax));
    }
    std::vector<RunRequest> requests;
    for (auto date = from; date <= to; date += schedule::kDayMinutes) {
        TRY(auto request,
            planned_.request_for(schedule::format_date(date), RunTrigger::backfill, now_ms));
        requests.push_back(std::move(request));
    }
    return requests;
}

Result<std::optional<std::int64_t>> RunStarter::succeeded_before(const RunRequest& request) {
    TRY(auto runs, run_here(book_.list(kRunsKeptMax)));
    for (const Run& run : runs) {
        if (run.logical_ms == request.logical_ms && run.state == RunState::succeeded) return run.id;
    }
    return std::nullopt;
}

Result<bool> RunStarter::start_all() {
    TRY(auto wanted, requests());
    has_begun_ = true;
    bool all_succeeded = true;
    for (RunRequest& request : wanted) {
        if (stop_requested()) return fail(Errc::cancelled, "stopped before " + request.date);
        if (request.trigger == RunTrigger::backfill && !options_.again) {
            TRY(auto before, succeeded_before(request));
            if (before) {
                say(fmt::format("{}: run {} has succeeded; --again runs it again", request.date,
                                *before));
                continue;
            }
        }
        request.may_wait = !options_.no_wait;
        TRY(Run run, start(request));
        all_succeeded &= run.state == RunState::succeeded;
        if (is_stuck_ || run.state == RunState::cancelled) break;
    }
    return all_succeeded;
}

Result<Run> RunStarter::start(const RunRequest& request) {
    TRY(Run run, run_here(book_.admit(request, clock_.now_ms())));
    started_.push_back(run.id);
    TRY(run, wait_for_turn(std::move(run)));
    if (run.state == RunState::running) {
        TRY(run, run_now(run));
    }
    TRY(auto details, run_here(book_.details(run.id)));
    if (!context_.json) print_out(details_text(details, false));
    return run;
}

Result<Run> RunStarter::wait_for_turn(Run run) {
    std::string told;
    while (run.state == RunState::queued) {
        if (run.reason != told) say(fmt::format("run {} of {} {}", run.id, run.date, run.reason));
        told = run.reason;
        poll(nullptr, 0, static_cast<int>(schedule::kLook.count()));
        if (!stop_requested()) {
            TRY(run, run_here(book_.take_turn(run.id, clock_.now_ms())));
            continue;
        }
        run.state = RunState::cancelled;
        run.reason = fmt::format("{} before it had its turn", kStopped);
        run.ended_ms = clock_.now_ms();
        TRY_STATUS(run_here(book_.finish(run)));
    }
    return run;
}

Result<Run> RunStarter::run_now(const Run& run) {
    Pipeline pipeline = context_.pipeline;
    if (options_.retries >= 0) pipeline.schedule.retries = options_.retries;
    DailySetup setup =
        daily_setup(context_.settings, pipeline, context_.directory, planned_.zone,
                    [directory = context_.directory] { return flush_server(directory); });
    schedule::ExecutionSettings execution{.steps_at_once = steps_at_once(setup)};
    execution.stop_reason = [] {
        return stop_requested() ? std::optional<std::string>(kStopped) : std::nullopt;
    };
    if (runs_by_airflow(context_.settings)) {
        TRY(auto done, run_by_airflow(book_, clock_, context_.settings, pipeline.schedule, run,
                                      execution.stop_reason));
        return done.run;
    }
    TRY(auto graph, daily_graph(setup, run.logical_ms));
    TRY(auto done, schedule::execute(book_, clock_, run, graph, execution));
    is_stuck_ = done.is_stuck;
    return done.run;
}

Exit RunStarter::finish(const Result<bool>& outcome) {
    if (context_.json) {
        std::string text;
        for (std::int64_t id : started_) {
            auto details = run_here(book_.details(id));
            if (details) text += (text.empty() ? "" : ",") + dash::details_json(*details);
        }
        print_out("{\"runs\":[" + text + "]}\n");
    }
    if (!outcome && !has_begun_) {
        report(outcome.error());
        return Exit::usage;
    }
    Exit exit = !outcome ? report(outcome.error()) : *outcome ? Exit::ok : Exit::failed;
    if (is_stuck_) ::_exit(static_cast<int>(Exit::failed));  // its thread cannot be waited for
    return exit;
}

}  // namespace

Exit command_run_start(const Context& context, const RunStartOptions& options) {
    auto planned = planned_by(context.settings, context.pipeline.schedule);
    if (!planned) {
        report(planned.error());
        return Exit::bad_configuration;
    }
    if (auto sound = check_runner(context.settings); !sound) {
        (void)report(sound.error());
        return Exit::bad_configuration;
    }
    posix::PosixFiles files;
    auto book = open_run_book(context.directory, files);
    if (!book) return report(book.error());
    RunStarter starter(context, options, **book, *planned);
    auto outcome = starter.start_all();
    return starter.finish(outcome);
}

}  // namespace pinflow::app
