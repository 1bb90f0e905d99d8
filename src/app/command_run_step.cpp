// SPDX-License-Identifier: Apache-2.0
// run step: one step of the daily graph as a process of its own, for a scheduler that keeps the
// history and the retries itself (pinflow export airflow).
#include <fmt/format.h>

#include <mutex>

#include "app/commands.h"
#include "app/daily_schedule.h"
#include "app/flush_server.h"
#include "app/pipeline.h"
#include "app/stop_watch.h"
#include "posix/system_clock.h"

namespace pinflow::app {
namespace {

// A step's story as messages; Ctrl-C and SIGTERM end it.
class ConsoleStep final : public schedule::StepContext {
public:
    explicit ConsoleStep(bool is_quiet) : is_quiet_(is_quiet) {}

    int attempt() const override { return 1; }
    void log(std::string text) override {
        if (!is_quiet_) print_message(text);
    }
    bool is_stopped() const override { return stop_requested(); }
    void when_stopped(std::function<void()> interrupt) override {
        std::scoped_lock lock(mutex_);
        interrupt_ = std::move(interrupt);
    }

private:
    const bool is_quiet_;
    std::mutex mutex_;
    std::function<void()> interrupt_;  // guarded
    StopWatch watch_{[this] {
        std::scoped_lock lock(mutex_);
        if (interrupt_) interrupt_();
    }};
};

}  // namespace

Exit command_run_step(const Context& context, const RunStepOptions& options) {
    auto planned = planned_by(context.settings, context.pipeline.schedule);
    if (!planned) {
        (void)report(planned.error());
        return Exit::bad_configuration;
    }
    posix::SystemClock clock;
    auto request = planned->request_for(options.date, RunTrigger::manual, clock.now_ms());
    if (!request) {
        (void)report(request.error());
        return Exit::usage;
    }
    DailySetup setup =
        daily_setup(context.settings, context.pipeline, context.directory, planned->zone,
                    [directory = context.directory] { return flush_server(directory); });
    ConsoleStep step(context.quiet);
    auto ledger = run_daily_step(setup, *request, options.step, step);
    if (!ledger) return report(ledger.error());
    if (context.json && *ledger) print_out(ledger_json(**ledger) + "\n");
    return Exit::ok;
}

}  // namespace pinflow::app
