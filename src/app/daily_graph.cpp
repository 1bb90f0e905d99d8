// SPDX-License-Identifier: Apache-2.0
#include "app/daily_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

#include "app/interruptible_engine.h"
#include "app/lake_access.h"
#include "app/object_places.h"
#include "app/reading.h"
#include "app/run_window.h"
#include "app/spark_run.h"
#include "app/step_notes.h"
#include "base/reactor.h"
#include "base/text.h"
#include "batch/ask.h"
#include "batch/batch_run.h"
#include "batch/reports.h"

namespace pinflow::app {
namespace {

using schedule::Step;
using schedule::StepContext;
using StepOutcome = Result<std::optional<Ledger>>;

// What the steps of one run share; they own it together.
class DailyRun final {
public:
    // `alone_as`: the step's name, when the others are processes of their own.
    DailyRun(DailySetup setup, batch::DateWindow window, std::string alone_as = "")
        : setup_(std::move(setup)), window_(std::move(window)), alone_as_(std::move(alone_as)) {
        reports_.resize(setup_.pipeline.kinds.size());
    }

    StepOutcome load(StepContext& context);
    StepOutcome clean(StepContext& context, std::size_t kind);
    StepOutcome ask(StepContext& context);
    StepOutcome clean_on_spark(StepContext& context);
    StepOutcome report_of_spark(StepContext& context);

    // The same, with what the others did before taken from their notes.
    StepOutcome load_alone(StepContext& context, StepNotes& notes);
    StepOutcome clean_alone(StepContext& context, StepNotes& notes, std::size_t kind);
    StepOutcome ask_alone(StepContext& context, StepNotes& notes);

private:
    Status open();
    Status take_directory_for_run();
    Status find_inputs();

    const DailySetup setup_;
    const batch::DateWindow window_;
    const std::string alone_as_;
    std::unique_ptr<File> lock_;  // no `pinflow batch run` beside it; alone: no other such step
    std::unique_ptr<LakeAccess> lake_;
    std::unique_ptr<ObjectStore> objects_, report_store_;
    Timestamp started_ms_ = 0;
    batch::Inputs inputs_;
    std::vector<std::optional<batch::KindReport>> reports_;  // each its own step's
    std::optional<BatchOutcome> spark_;
};

Status DailyRun::open() {
    if (lake_) return {};
    if (!lock_) TRY_STATUS(take_directory_for_run());  // else an earlier attempt came so far
    TRY(auto lake, open_lake(setup_.settings, setup_.directory,
                             alone_as_.empty() ? "run" : "step_" + alone_as_));
    TRY(objects_, open_place(setup_.settings, lake->files, lake->clock, setup_.objects_at));
    TRY(report_store_,
        open_place(setup_.settings, lake->files, lake->clock, setup_.directory.reports()));
    lake_ = std::move(lake);
    return {};
}

Status DailyRun::take_directory_for_run() {
    posix::PosixFiles files;
    if (alone_as_.empty()) {
        TRY(lock_, take_directory(files, setup_.directory, DirectoryUse::batch));
    } else {
        TRY(lock_, take_directory_for_step(files, setup_.directory, alone_as_));
    }
    return {};
}

Status DailyRun::find_inputs() {
    TRY(inputs_, run_here(batch::find_inputs(*objects_, setup_.pipeline, setup_.prefix)));
    return {};
}

StepOutcome DailyRun::load(StepContext& context) {
    TRY_STATUS(open());
    started_ms_ = lake_->clock.now_ms();
    TRY(std::string flushed, setup_.flush());
    context.log(flushed);
    TRY_STATUS(find_inputs());
    for (std::size_t at = 0; at < setup_.pipeline.kinds.size(); ++at) {
        const auto& objects = inputs_.by_kind[at];
        std::uint64_t bytes = 0;
        for (const batch::SinkObject& object : objects) bytes += object.bytes;
        context.log(fmt::format("{}: {} objects, {} bytes", setup_.pipeline.kinds[at].name,
                                objects.size(), with_thousands(static_cast<std::int64_t>(bytes))));
    }
    if (inputs_.ignored_count > 0) {
        context.log(fmt::format("{} objects fit no kind and are ignored, such as {}",
                                inputs_.ignored_count, inputs_.ignored.front().key));
    }
    return std::nullopt;
}

// The engine's sessions of one step, interrupted when the step is told to stop.
class StepEngine final {
public:
    StepEngine(StepContext& context, SqlEngine& engine)
        : engine_(std::make_shared<InterruptibleEngine>(engine)) {
        context.when_stopped([engine = engine_, stop = stop_]() mutable {
            stop.request_stop();
            engine->interrupt();
        });
    }
    SqlEngine& engine() { return *engine_; }
    std::stop_token stop() const { return stop_.get_token(); }

private:
    std::stop_source stop_;
    std::shared_ptr<InterruptibleEngine> engine_;  // with the interrupter, which may outlive this
};

void log_kind(StepContext& context, const batch::KindReport& report) {
    const Ledger& ledger = report.ledger;
    context.log(
        fmt::format("{} records from {} objects -> {} rows, {} quarantined, {} duplicates; table "
                    "{} is at version {}",
                    with_thousands(ledger.read), with_thousands(report.objects),
                    with_thousands(ledger.written), with_thousands(ledger.quarantined),
                    with_thousands(ledger.duplicates), report.table, report.table_version));
    for (const auto& [reason, count] : report.reasons) {
        context.log(fmt::format("quarantined, {} records: {}", with_thousands(count), reason));
    }
}

StepOutcome DailyRun::clean(StepContext& context, std::size_t kind) {
    StepEngine step(context, lake_->engine);
    batch::BatchPorts ports{
        .objects = *objects_, .lake = *lake_->lake, .engine = step.engine(), .clock = lake_->clock};
    auto report = run_here(batch::run_kind(
        ports, setup_.pipeline.kinds[kind], inputs_.by_kind[kind],
        {.sql = batch::share_of(setup_.sql, static_cast<std::size_t>(steps_at_once(setup_))),
         .window = window_,
         .stop = step.stop()}));
    if (!report) return std::unexpected(std::move(report).error());
    log_kind(context, *report);
    reports_[kind] = std::move(*report);
    return reports_[kind]->ledger;
}

StepOutcome DailyRun::clean_on_spark(StepContext& context) {
    std::stop_source stop;
    context.when_stopped([stop]() mutable { stop.request_stop(); });
    TRY(spark_, setup_.on_spark(stop.get_token()));
    for (const batch::KindReport& report : spark_->report.kinds) log_kind(context, report);
    return spark_->report.total();
}

StepOutcome DailyRun::report_of_spark(StepContext& context) {
    for (const batch::Answer& answer : spark_->answers) {
        context.log(fmt::format("{}: {} rows", answer.name, answer.rows.count()));
    }
    TRY_STATUS(write_reports(*lake_, setup_.directory, *spark_));
    context.log("reports: " + setup_.directory.reports());
    return std::nullopt;
}

StepOutcome DailyRun::ask(StepContext& context) {
    StepEngine step(context, lake_->engine);
    TRY(auto answers, run_here(batch::ask(*lake_->lake, step.engine(), lake_->clock,
                                          setup_.pipeline, "", setup_.sql)));
    for (const batch::Answer& answer : answers) {
        context.log(fmt::format("{}: {} rows", answer.name, answer.rows.count()));
    }
    batch::BatchReport report{.started_ms = started_ms_};
    report.duration_us = (lake_->clock.now_ms() - started_ms_) * 1'000;
    for (const auto& kind : reports_) report.kinds.push_back(*kind);
    report.ignored_count = inputs_.ignored_count;
    report.ignored = inputs_.ignored;
    TRY_STATUS(run_here(batch::write_answers(*report_store_, "", answers)));
    TRY_STATUS(run_here(batch::write_ledger(*report_store_, "", report)));
    context.log("reports: " + setup_.directory.reports());
    return std::nullopt;
}

StepOutcome DailyRun::load_alone(StepContext& context, StepNotes& notes) {
    TRY(auto outcome, load(context));
    LoadNote note{.started_ms = started_ms_,
                  .ignored_count = inputs_.ignored_count,
                  .ignored = inputs_.ignored};
    for (const auto& objects : inputs_.by_kind) {
        for (const batch::SinkObject& object : objects)
            note.until_ms = std::max(note.until_ms, object.modified_ms);
    }
    TRY_STATUS(notes.begin(note));
    return outcome;
}

StepOutcome DailyRun::clean_alone(StepContext& context, StepNotes& notes, std::size_t kind) {
    TRY(LoadNote load, notes.load());
    TRY_STATUS(open());
    TRY_STATUS(find_inputs());
    std::erase_if(inputs_.by_kind[kind], [&](const batch::SinkObject& object) {
        return object.modified_ms > load.until_ms;  // came after this run's load
    });
    TRY(auto outcome, clean(context, kind));
    TRY_STATUS(notes.write_kind(*reports_[kind]));
    return outcome;
}

StepOutcome DailyRun::ask_alone(StepContext& context, StepNotes& notes) {
    TRY(LoadNote load, notes.load());
    started_ms_ = load.started_ms;
    inputs_.ignored_count = load.ignored_count;
    inputs_.ignored = std::move(load.ignored);
    for (std::size_t kind = 0; kind < reports_.size(); ++kind) {
        TRY(reports_[kind], notes.kind(setup_.pipeline.kinds[kind].name));
    }
    TRY_STATUS(open());
    return ask(context);
}

std::string clean_name(const PipelineKind& kind) { return "clean_" + kind.name; }

}  // namespace

DailySetup daily_setup(const Settings& settings, const Pipeline& pipeline,
                       const DataDirectory& directory, const schedule::Zone& zone,
                       FlushSink flush) {
    std::function<Result<BatchOutcome>(std::stop_token)> on_spark;
    if (is_on_spark(settings)) {
        on_spark = [place = SparkPlace{settings, directory, pipeline,
                                       objects_place(settings, directory)}](std::stop_token stop) {
            return run_on_spark(place, std::move(stop));
        };
    }
    return {.settings = settings,
            .directory = directory,
            .pipeline = pipeline,
            .objects_at = objects_place(settings, directory),
            .prefix = settings.text("sink.topics.dir") + "/",
            .sql = engine_settings(settings, directory),
            .zone = zone,
            .flush = std::move(flush),
            .on_spark = std::move(on_spark)};
}

int steps_at_once(const DailySetup& setup) {
    return static_cast<int>(batch::kinds_at_once(setup.sql, setup.pipeline.kinds.size()));
}

Result<schedule::Graph> daily_graph(const DailySetup& setup, Timestamp logical_ms) {
    auto run = std::make_shared<DailyRun>(setup, window_of_run(setup.zone, logical_ms));
    std::vector<Step> steps;
    auto add = [&](std::string name, std::vector<std::string> needs, schedule::StepWork work) {
        const PipelineSchedule& patience = setup.pipeline.schedule;
        steps.push_back({.name = std::move(name),
                         .needs = std::move(needs),
                         .work = std::move(work),
                         .retries = patience.retries,
                         .retry_delay_ms = patience.retry_delay_ms,
                         .timeout_ms = patience.step_timeout_ms});
    };
    add("load", {}, [run](StepContext& context) { return run->load(context); });
    if (setup.on_spark) {
        add("spark", {"load"},
            [run](StepContext& context) { return run->clean_on_spark(context); });
        add("ask", {"spark"},
            [run](StepContext& context) { return run->report_of_spark(context); });
        return schedule::Graph::make(std::move(steps));
    }
    std::vector<std::string> cleans;
    for (std::size_t kind = 0; kind < setup.pipeline.kinds.size(); ++kind) {
        cleans.push_back(clean_name(setup.pipeline.kinds[kind]));
        add(cleans.back(), {"load"},
            [run, kind](StepContext& context) { return run->clean(context, kind); });
    }
    add("ask", cleans, [run](StepContext& context) { return run->ask(context); });
    return schedule::Graph::make(std::move(steps));
}

std::vector<std::string> daily_steps(const Pipeline& pipeline) {
    std::vector<std::string> steps{"load"};
    for (const PipelineKind& kind : pipeline.kinds) steps.push_back(clean_name(kind));
    steps.emplace_back("ask");
    return steps;
}

StepOutcome run_daily_step(const DailySetup& setup, const RunRequest& request,
                           const std::string& step, StepContext& context) {
    auto steps = daily_steps(setup.pipeline);
    auto found = std::ranges::find(steps, step);
    if (found == steps.end()) {
        auto nearest = nearest_word(step, steps);
        return fail(Errc::invalid_argument,
                    fmt::format("the daily graph has no step '{}'{}; it has: {}", step,
                                nearest ? fmt::format(", did you mean '{}'?", *nearest) : "",
                                join(steps, ", ")));
    }
    posix::PosixFiles files;
    StepNotes notes(files, setup.directory, request.date);
    DailyRun run(setup, window_of_run(setup.zone, request.logical_ms), step);
    if (found == steps.begin()) return run.load_alone(context, notes);
    if (found == steps.end() - 1) return run.ask_alone(context, notes);
    return run.clean_alone(context, notes, static_cast<std::size_t>(found - steps.begin()) - 1);
}

}  // namespace pinflow::app
