// SPDX-License-Identifier: Apache-2.0
#include "schedule/scheduler.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <utility>

#include "base/crash_point.h"
#include "base/log.h"
#include "base/reactor.h"
#include "base/text.h"

namespace pinflow::schedule {
namespace {

constexpr std::string_view kComponent = "schedule";

std::string run_again(const Run& run) {
    return fmt::format("run it again with pinflow run start --date {}", run.date);
}

}  // namespace

Scheduler::Scheduler(RunBook& book, Clock& clock, SchedulerSettings settings, MakeGraph make_graph)
    : book_(book),
      clock_(clock),
      settings_(std::move(settings)),
      make_graph_(std::move(make_graph)) {
    if (!settings_.timetable) next_.reason = "no schedule: runs are started by hand";
}

Scheduler::~Scheduler() { stop("the program ends"); }

void Scheduler::start() {
    thread_ = std::thread([this] {
        pthread_setname_np(pthread_self(), "schedule");
        loop();
    });
}

void Scheduler::stop(std::string reason) {
    {
        std::scoped_lock lock(mutex_);
        if (!stopped_) stopped_ = std::move(reason);
        changed_.notify_one();
    }
    if (thread_.joinable()) thread_.join();
}

Result<Run> Scheduler::ask_for(RunRequest request) {
    if (is_stuck()) {
        return fail(Errc::unavailable,
                    "a step of an earlier run never ended: nothing more runs "
                    "before pinflow up is started again");
    }
    TRY(Run run, run_here(book_.admit(std::move(request), clock_.now_ms())));
    std::scoped_lock lock(mutex_);
    waiting_.push_back(run);
    changed_.notify_one();
    return run;
}

NextDue Scheduler::next_due() const {
    std::scoped_lock lock(mutex_);
    return next_;
}

void Scheduler::set_next(std::optional<Timestamp> at_ms, std::string reason) {
    std::scoped_lock lock(mutex_);
    next_ = {.at_ms = at_ms, .reason = std::move(reason)};
}

std::optional<std::string> Scheduler::stop_reason() const {
    std::scoped_lock lock(mutex_);
    return stopped_;
}

// The wall clock may jump at any moment, so nothing sleeps until a time: it looks, kLook apart.
void Scheduler::loop() {
    while (!stop_reason()) {
        look();
        std::unique_lock lock(mutex_);
        if (stopped_ || (!waiting_.empty() && waiting_.front().state == RunState::running))
            continue;
        changed_.wait_for(lock, settings_.execution.look);
    }
    cancel_queued();
}

void Scheduler::look_once() { look(); }

void Scheduler::look() {
    look_for_due_runs();
    if (running_id_ == 0 && !is_stuck()) run_next();
}

void Scheduler::look_for_due_runs() {
    if (!settings_.timetable || is_stuck() || (settings_.catch_up && has_scheduled_waiting()))
        return;
    const Timetable& timetable = *settings_.timetable;
    Timestamp now_ms = clock_.now_ms();
    if (is_first_look_) {
        auto decided = run_here(book_.decided(timetable.name()));
        if (!decided) return fail_look(decided.error());
        decided_ms_ = *decided;
    } else if (decided_ms_ && (!next_ms_ || now_ms < *next_ms_) &&
               *decided_ms_ - now_ms <= kClockBackMaxMs) {
        return;
    }
    Due due = look_for_due(timetable, decided_ms_, now_ms, settings_.catch_up);
    if (due.is_clock_wrong) {
        log_warn(kComponent,
                 "the clock stands more than a day before the last decided run ({} UTC): "
                 "it is believed; what is in the run book is not run again",
                 format_utc(*decided_ms_));
    }
    queue_scheduled(due);
}

// When every missed run is caught up, one at a time is taken from the past.
bool Scheduler::has_scheduled_waiting() const {
    std::scoped_lock lock(mutex_);
    return std::ranges::count(waiting_, RunTrigger::scheduled, &Run::trigger) > 0;
}

std::string Scheduler::why_missed() const {
    if (is_first_look_) return "pinflow up was not running at the time";
    if (running_id_ != 0) return fmt::format("run {} was still going", running_id_);
    return "the clock jumped over it, or the machine slept";
}

// The run goes into the book before the mark moves: a process that dies between the two leaves a
// killed run behind, and the next start finds it there rather than running it twice.
void Scheduler::queue_scheduled(const Due& due) {
    const Timetable& timetable = *settings_.timetable;
    if (due.run) {
        if (!settings_.catch_up) replace_queued(*due.run);
        if (auto queued = queue_run(*due.run); !queued) return fail_look(queued.error());
        crash_point("schedule.queued");
    }
    if (due.run || !decided_ms_ || due.is_clock_wrong) {
        ScheduleMark mark{.schedule = timetable.name(), .decided_ms = due.decided_ms};
        auto decided = run_here(book_.decide(mark, tell_skips(due), clock_.now_ms()));
        if (!decided) return fail_look(decided.error());
    }
    crash_point("schedule.decided");
    is_first_look_ = false;
    decided_ms_ = due.decided_ms;
    next_ms_ = next_firing(timetable, *decided_ms_);
    set_next(next_ms_, next_ms_
                           ? fmt::format("due at {} by '{}'", timetable.zone.text_of(*next_ms_),
                                         timetable.cron.text)
                           : "the cron line never fires again");
}

// Everything stays undecided, and the next look tries again.
void Scheduler::fail_look(const Error& error) {
    set_next(std::nullopt, "the run book fails: " + error.text);
    if (!std::exchange(has_failed_look_, true)) log_error(kComponent, "{}", error.text);
}

Status Scheduler::queue_run(Timestamp logical_ms) {
    RunRequest request{.logical_ms = logical_ms,
                       .date = settings_.timetable->zone.date_of(logical_ms),
                       .trigger = RunTrigger::scheduled};
    auto admitted = run_here(book_.admit(std::move(request), clock_.now_ms()));
    if (admitted) {
        std::scoped_lock lock(mutex_);
        waiting_.push_back(*admitted);
    } else if (admitted.error().code == Errc::conflict) {
        log_warn(kComponent, "not run again: {}", admitted.error().text);
    } else {
        return std::unexpected(admitted.error());
    }
    return {};
}

std::vector<RunSkip> Scheduler::tell_skips(const Due& due) const {
    const Timetable& timetable = *settings_.timetable;
    std::vector<RunSkip> skips;
    auto skip = [&](Timestamp at_ms, std::string_view more) {
        RunSkip one{.logical_ms = at_ms,
                    .date = timetable.zone.date_of(at_ms),
                    .reason = fmt::format("{}; a later run was due by then, and catch_up is off{}",
                                          why_missed(), more)};
        log_warn(kComponent, "the run of {} is skipped: {}", timetable.zone.text_of(at_ms),
                 one.reason);
        skips.push_back(std::move(one));
    };
    for (Timestamp at_ms : due.skipped) skip(at_ms, "");
    if (due.more_skipped > 0) {
        skip(due.last_skipped,
             fmt::format("; this line stands for {}{} runs up to {}", due.more_skipped,
                         due.more_skipped >= kSkipsCounted ? " or more" : "",
                         timetable.zone.text_of(due.last_skipped)));
    }
    return skips;
}

// Of the schedule's own runs that wait, only the newest keeps its place.
void Scheduler::replace_queued(Timestamp logical_ms) {
    std::vector<Run> replaced;
    {
        std::scoped_lock lock(mutex_);
        std::erase_if(waiting_, [&](const Run& run) {
            bool is_old = run.trigger == RunTrigger::scheduled && run.state == RunState::queued &&
                          run.logical_ms < logical_ms;
            if (is_old) replaced.push_back(run);
            return is_old;
        });
    }
    for (Run& run : replaced) {
        end_unstarted(std::move(run), RunState::skipped,
                      "a later run came due before it had its turn, and catch_up is off");
    }
}

void Scheduler::end_unstarted(Run run, RunState state, const std::string& reason) {
    run.state = state;
    run.reason = reason;
    run.ended_ms = clock_.now_ms();
    log_warn(kComponent, "run {} of {} is {}: {}", run.id, run.date, name_of(state), reason);
    if (auto finished = run_here(book_.finish(run)); !finished) {
        log_error(kComponent, "run {}: {}", run.id, finished.error().text);
    }
}

void Scheduler::run_next() {
    Run run;
    {
        std::scoped_lock lock(mutex_);
        if (waiting_.empty()) return;
        run = waiting_.front();
    }
    if (run.state == RunState::queued) {
        auto turn = run_here(book_.take_turn(run.id, clock_.now_ms()));
        if (!turn) return log_error(kComponent, "run {}: {}", run.id, turn.error().text);
        if (turn->state == RunState::queued) return;
        run = *turn;
    }
    {
        std::scoped_lock lock(mutex_);
        waiting_.pop_front();
    }
    if (run.state == RunState::running) run_now(run);
    else
        log_warn(kComponent, "run {} of {} is {}: {}", run.id, run.date, name_of(run.state),
                 run.reason);
}

void Scheduler::run_now(const Run& run) {
    log_info(kComponent, "run {} of {} begins ({})", run.id, run.date, name_of(run.trigger));
    Result<Graph> graph = settings_.elsewhere ? Graph::make({}) : make_graph_(run);
    if (!graph) return end_unstarted(run, RunState::failed, graph.error().text);
    running_id_ = run.id;
    ExecutionSettings execution = settings_.execution;
    execution.stop_reason = [this] {
        look_for_due_runs();
        return stop_reason();
    };
    auto done = settings_.elsewhere ? settings_.elsewhere(run, execution)
                                    : execute(book_, clock_, run, *graph, execution);
    running_id_ = 0;
    if (!done) return log_error(kComponent, "{}", done.error().text);
    is_stuck_ = done->is_stuck;
    if (done->is_stuck) {
        set_next(std::nullopt, fmt::format("a step of run {} never ended: nothing more runs before "
                                           "pinflow up is started again",
                                           run.id));
    }
    if (done->run.state == RunState::succeeded) {
        log_info(kComponent, "run {} of {} succeeded in {:.2f} s", run.id, run.date,
                 static_cast<double>(done->run.duration_us) / 1e6);
    } else {
        log_warn(kComponent, "run {} of {} is {}: {}; {}", run.id, run.date,
                 name_of(done->run.state), done->run.reason, run_again(run));
    }
}

void Scheduler::cancel_queued() {
    std::deque<Run> left;
    std::string reason;
    {
        std::scoped_lock lock(mutex_);
        left.swap(waiting_);
        reason = stopped_.value_or("");
    }
    for (Run& run : left) {
        end_unstarted(std::move(run), RunState::cancelled, reason + " before it had its turn");
    }
}

}  // namespace pinflow::schedule
