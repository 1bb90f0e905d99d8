// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "app/commands.h"
#include "app/emulating.h"
#include "app/running_address.h"
#include "app/source_access.h"
#include "codec/json/writer.h"
#include "posix/posix_files.h"

namespace pinflow::app {
namespace {

Roads roads_named(const std::string& name) {
    return name == "batch" ? Roads::batch : name == "stream" ? Roads::stream : Roads::both;
}

emulator::Pace pace_of(const EmulateOptions& options) {
    if (options.no_wait) return emulator::NoPace{};
    if (options.rate > 0) return emulator::RatePace{options.rate};
    return emulator::WalkPace{};
}

Result<std::string> base_url(const Context& context, const EmulateOptions& options) {
    if (!options.url.empty()) return options.url;
    TRY(auto address, running_address(context.directory, "gateway"));
    return "http://" + address + "/" + options.stage;
}

// What is missing in the source is told before the first post.
Result<std::int64_t> source_rows(const Context& context, const SourcePlace& place) {
    TRY(auto source, open_source(place));
    TRY(std::int64_t rows, check_source(*source, place, context.pipeline));
    if (rows == 0)
        return fail(Errc::not_found, place.shown() + " holds no rows; run 'pinflow seed'");
    return rows;
}

std::string outcome_json(const emulator::EmulatorOutcome& outcome) {
    json::JsonWriter writer;
    writer.begin_object();
    writer.member("draws", outcome.draws);
    writer.key("accepted").begin_object();
    writer.member("topics", outcome.accepted_batch);
    writer.member("streams", outcome.accepted_stream);
    writer.end_object();
    writer.member("rejected", outcome.rejected);
    writer.member("unfinished", outcome.unfinished);
    writer.member("in_doubt", outcome.in_doubt);
    writer.member("retries", outcome.retries);
    writer.member("seconds", outcome.seconds);
    writer.end_object();
    return std::move(writer).take() + "\n";
}

Result<emulator::EmulatorOutcome> emulate(const Context& context, const EmulateOptions& options,
                                          const SourcePlace& place) {
    TRY(auto rows, source_rows(context, place));
    posix::SystemClock clock;
    emulator::EmulatorSettings settings{
        .forms =
            post_forms(context.pipeline, context.settings.text("user"), roads_named(options.road)),
        .concurrency = options.concurrency,
        .pace = pace_of(options)};
    TRY(settings.base_url, base_url(context, options));
    if (options.rows >= 0) settings.draws = options.rows;
    emulator::EmulatorPorts ports{.open_source = source_opener(place),
                                  .walk = options.walk == "random"
                                              ? course_walk(options.dice_seed, rows)
                                              : sequential_walk(0, rows),
                                  .clock = &clock};
    Stage stage("emulate", context.quiet);
    TRY(auto outcome, run_emulator(std::move(settings), std::move(ports), stage));
    stage.finish(outcome_line(outcome));
    return outcome;
}

}  // namespace

Exit command_emulate(const Context& context, const EmulateOptions& options) {
    auto place = source_place(context, options.source);
    if (!place) return report_place(place.error());
    auto outcome = emulate(context, options, *place);
    if (!outcome) return report(outcome.error());
    for (const auto& reason : outcome->reasons) {
        print_message(
            fmt::format("pinflow: {} posts not accepted: {}", reason.count, reason.reason));
    }
    if (context.json) print_out(outcome_json(*outcome));
    return outcome->rejected == 0 ? Exit::ok : Exit::failed;
}

}  // namespace pinflow::app
