// SPDX-License-Identifier: Apache-2.0
// The statistics that COPY ... RETURN_STATS gives as text, made ready for Delta. A bound that is
// not certain is left out: a wrong one makes readers skip rows that are there.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ports/sql_engine.h"
#include "record/schema.h"

namespace pinflow::engine {

// What COPY says of one column: {"min": "1", "max": "7", "null_count": "0", ...}.
using CopyStats = std::map<std::string, std::string, std::less<>>;

// By column, in the schema's order. `by_path` is keyed by COPY's spelling of a column: "a", in
// double quotes, and "a"."element" for a list's items.
std::vector<ColumnStats> column_stats(const Schema& schema,
                                      const std::map<std::string, CopyStats>& by_path);

// "2020-01-02 03:04:05.123456+00" as a JSON string of whole milliseconds, rounded down, or up where
// it is an upper bound. Nothing for times outside the years 0001-9999 and for infinity.
std::optional<std::string> timestamp_bound(std::string_view text, bool is_upper);

}  // namespace pinflow::engine
