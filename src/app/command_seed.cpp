// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <chrono>
#include <future>
#include <stop_token>

#include "app/commands.h"
#include "app/seeding.h"
#include "app/source_access.h"
#include "base/text.h"
#include "codec/json/writer.h"

namespace pinflow::app {
namespace {

// Never into what source.url names unless --into says so: that may be a database others work with.
Result<SourcePlace> place_of(const Context& context, const SeedOptions& options) {
    if (!options.into.empty()) return source_place(context, options.into);
    if (!options.file.empty()) return SourcePlace{.file = options.file};
    const std::string& url = context.settings.text("source.url");
    if (!url.empty() && !context.quiet)
        print_message("pinflow: note: this does not fill what source.url names; --into does");
    return SourcePlace{.file = context.directory.source_database()};
}

// A database can take minutes: the user's stop ends the load, which then has changed nothing.
Status seed_server(const SourcePlace& place, const SeedOptions& options) {
    constexpr std::chrono::milliseconds kLook{5};
    std::stop_source stop;
    TRY(auto database, open_source(place, stop.get_token()));
    auto seeded = std::async(std::launch::async, [&] {
        return seed_database(*database, options.seed, options.rows,
                             options.replace ? Existing::replace : Existing::refuse);
    });
    while (seeded.wait_for(kLook) != std::future_status::ready) {
        if (stop_requested()) stop.request_stop();
    }
    return seeded.get();
}

Status seed(const SourcePlace& place, const SeedOptions& options) {
    if (place.server) return seed_server(place, options);
    return seed_source(place.file, options.seed, options.rows);
}

std::string outcome_json(const SourcePlace& place, const SeedOptions& options) {
    json::JsonWriter writer;
    writer.begin_object();
    writer.member(place.server ? "database" : "file", std::string_view(place.shown()));
    writer.member("rows", options.rows);
    writer.member("seed", options.seed);
    writer.end_object();
    return std::move(writer).take() + "\n";
}

}  // namespace

Exit command_seed(const Context& context, const SeedOptions& options) {
    auto place = place_of(context, options);
    if (!place) return report_place(place.error());
    Stage stage("seed", context.quiet);
    auto seeded = seed(*place, options);
    if (!seeded) return report(seeded.error());
    stage.finish(
        fmt::format("{} rows a table in {}", with_thousands(options.rows), place->shown()));
    if (context.json) print_out(outcome_json(*place, options));
    return Exit::ok;
}

}  // namespace pinflow::app
