// SPDX-License-Identifier: Apache-2.0
#include "app/kept_places.h"

#include <fmt/format.h>

#include "base/reactor.h"

namespace pinflow::app {
namespace {

const std::string kPrefix = "place/";

Result<StationPlaces> read_places(WorkBook& book, const StationPlaces& named) {
    StationPlaces kept;
    TRY(auto all, run_here(book.list("")));
    for (const auto& [station, place] : named)
        if (!all.empty()) kept[station] = kHere;
    TRY(auto noted, run_here(book.list(kPrefix)));
    for (auto& [key, value] : noted) kept[key.substr(kPrefix.size())] = std::move(value);
    return kept;
}

}  // namespace

Status keep_places(WorkBook& book, const StationPlaces& places, bool has_moved) {
    TRY(StationPlaces kept, read_places(book, places));
    std::vector<WorkChange> changes;
    for (const auto& [station, place] : places) {
        auto before = kept.find(station);
        bool is_another = before != kept.end() && before->second != place;
        if (is_another && !has_moved) {
            return fail(
                Errc::invalid_argument,
                fmt::format("{}: what this data directory has read and written so far was {}, and "
                            "the settings now say {}. Name another --data-dir for the new place; "
                            "or, once what was there has been brought to it (docs/outgrow.md), say "
                            "it: pinflow up --moved",
                            station, before->second, place));
        }
        if (before == kept.end() || is_another) changes.push_back({kPrefix + station, place});
    }
    return changes.empty() ? Status{} : run_here(book.commit(std::move(changes)));
}

}  // namespace pinflow::app
