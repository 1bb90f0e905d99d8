// SPDX-License-Identifier: Apache-2.0
// batch run: objects -> cleaned tables -> answers.
#include <fmt/format.h>

#include <algorithm>
#include <stop_token>

#include "app/answers_text.h"
#include "app/commands.h"
#include "app/daily_schedule.h"
#include "app/object_places.h"
#include "app/pipeline.h"
#include "app/reading.h"
#include "app/run_window.h"
#include "app/spark_run.h"
#include "app/stop_watch.h"
#include "base/text.h"
#include "batch/reports.h"
#include "codec/json/writer.h"

namespace pinflow::app {
namespace {

Result<std::string> outcome_json(LakeAccess& lake, const BatchOutcome& outcome, bool on_spark) {
    TRY(auto tables, table_rows_json(*lake.lake));
    json::JsonWriter writer;
    writer.begin_object();
    if (on_spark) writer.member("engine", std::string_view("spark"));
    writer.key("tables").raw(tables);
    writer.key("answers").raw(batch::answers_json(outcome.answers));
    writer.key("ledger").begin_object();
    writer.key("batch").raw(ledger_json(outcome.report.total()));
    writer.end_object();
    writer.end_object();
    return std::move(writer).take();
}

Result<batch::DateWindow> window_wanted(const Context& context, const std::string& date,
                                        Timestamp now_ms) {
    TRY(auto planned, planned_by(context.settings, context.pipeline.schedule));
    return window_of_date(planned.zone, date, now_ms);
}

Result<BatchOutcome> run_and_report_on_spark(const Context& context, LakeAccess& lake,
                                             const std::string& bucket) {
    std::stop_source stop;
    StopWatch watch([&] { stop.request_stop(); });
    TRY(BatchOutcome outcome, run_on_spark({.settings = context.settings,
                                            .directory = context.directory,
                                            .pipeline = context.pipeline,
                                            .objects_at = bucket},
                                           stop.get_token()));
    TRY_STATUS(write_reports(lake, context.directory, outcome));
    return outcome;
}

Exit report_usage(const Error& error) {
    (void)report(error);
    return Exit::usage;
}

}  // namespace

Exit command_batch_run(const Context& context, const BatchOptions& options) {
    posix::PosixFiles files;
    auto lock = take_directory(files, context.directory, DirectoryUse::batch);
    if (!lock) return report(lock.error());
    auto lake = open_lake(context.settings, context.directory, "batch");
    if (!lake) return report(lake.error());
    std::string bucket = options.objects.empty()
                             ? objects_place(context.settings, context.directory)
                             : options.objects;
    auto tell = [&context](const batch::KindReport& kind) {
        if (context.quiet) return;
        print_message(fmt::format(
            "  {:10} {} records from {} objects -> {} rows, {} quarantined, {} duplicates ({:.2f} "
            "s)",
            kind.kind, with_thousands(kind.ledger.read), with_thousands(kind.objects),
            with_thousands(kind.ledger.written), with_thousands(kind.ledger.quarantined),
            with_thousands(kind.ledger.duplicates), static_cast<double>(kind.duration_us) / 1e6));
    };
    auto window = window_wanted(context, options.date, (*lake)->clock.now_ms());
    if (!window) return report_usage(window.error());
    bool on_spark = is_on_spark(context.settings, options.engine);
    auto outcome = on_spark ? run_and_report_on_spark(context, **lake, bucket)
                            : run_batch_and_ask(context, **lake, bucket, *window, tell);
    if (!outcome) return report(outcome.error());
    if (on_spark) std::ranges::for_each(outcome->report.kinds, tell);
    if (outcome->report.ignored_count > 0 && !context.quiet) {
        print_message(fmt::format(
            "  {} objects were ignored: their names fit no kind of the pipeline, such as {}",
            outcome->report.ignored_count, outcome->report.ignored.front().key));
    }
    if (!context.json) {
        print_out(answers_text(outcome->answers));
        print_out(ledger_text("batch", outcome->report.total()));
        print_message("reports: " + context.directory.reports());
        return Exit::ok;
    }
    auto text = outcome_json(**lake, *outcome, on_spark);
    if (!text) return report(text.error());
    print_out(*text + "\n");
    return Exit::ok;
}

}  // namespace pinflow::app
