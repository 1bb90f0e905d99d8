// SPDX-License-Identifier: Apache-2.0
// What sink and stream have noted of their progress is true of one place of each station. Settings
// that name another one would pass over records, or take them twice.
#pragma once

#include <map>
#include <string>

#include "ports/work_book.h"

namespace pinflow::app {

using StationPlaces = std::map<std::string, std::string>;  // "topics" -> kHere, or a service's name

inline constexpr const char* kHere = "here";  // in the data directory

// Compares with what the book keeps and keeps what is new; all is "here" of a directory that has
// noted progress before it noted places. invalid_argument when a place is another one than before,
// unless `has_moved`: what was there has been brought to the new one.
Status keep_places(WorkBook& book, const StationPlaces& places, bool has_moved);

}  // namespace pinflow::app
