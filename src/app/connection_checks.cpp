// SPDX-License-Identifier: Apache-2.0
#include "app/connection_checks.h"

#include <fmt/format.h>

#include <filesystem>

#include "app/object_places.h"
#include "app/source_access.h"
#include "base/text.h"

namespace pinflow::app {
namespace {

Result<std::string> look_at_source(const SourcePlace& place, const Pipeline& pipeline) {
    std::error_code ignored;
    if (!place.server && !std::filesystem::exists(place.file, ignored))
        return "not there yet: 'pinflow seed' makes it";
    TRY(auto source, open_source(place));
    TRY(std::int64_t rows, check_source(*source, place, pipeline));
    return fmt::format("tables and columns are there, {} rows in each", with_thousands(rows));
}

Result<ConnectionCheck> source_check(const Context& context) {
    TRY(SourcePlace place, source_place(context, ""));
    return ConnectionCheck{
        .station = "source",
        .at = place.shown(),
        .is_remote = place.server.has_value(),
        .run = [place, pipeline = context.pipeline] { return look_at_source(place, pipeline); }};
}

ConnectionCheck folder_check(std::string station, std::string folder) {
    return {.station = std::move(station), .at = std::move(folder), .run = [] {
                return Result<std::string>("on this machine");
            }};
}

ConnectionCheck place_check(const Context& context, std::string station, std::string place) {
    return {.station = std::move(station),
            .at = place,
            .is_remote = is_remote_place(place),
            .run = [settings = context.settings, place] { return check_place(settings, place); }};
}

}  // namespace

Result<std::vector<ConnectionCheck>> connection_checks(const Context& context) {
    std::vector<ConnectionCheck> checks;
    TRY(checks.emplace_back(), source_check(context));
    checks.push_back(folder_check("topics", context.directory.log()));
    checks.push_back(folder_check("streams", context.directory.log()));
    checks.push_back(
        place_check(context, "objects", objects_place(context.settings, context.directory)));
    checks.push_back(
        place_check(context, "tables", tables_place(context.settings, context.directory)));
    return checks;
}

}  // namespace pinflow::app
