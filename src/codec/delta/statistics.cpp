// SPDX-License-Identifier: Apache-2.0
#include "codec/delta/statistics.h"

#include <fmt/format.h>
#include <simdjson.h>

#include "base/text.h"
#include "codec/delta/json_text.h"

namespace pinflow::delta {

std::string write_statistics(const FileStatistics& statistics) {
    std::vector<std::string> mins;
    std::vector<std::string> maxes;
    std::vector<std::string> nulls;
    for (const ColumnBounds& column : statistics.columns) {
        std::string name = json_string(column.column) + ":";
        if (column.min_json) mins.push_back(name + *column.min_json);
        if (column.max_json) maxes.push_back(name + *column.max_json);
        nulls.push_back(fmt::format("{}{}", name, column.null_count));
    }
    return fmt::format(
        R"({{"numRecords":{},"minValues":{{{}}},"maxValues":{{{}}},"nullCount":{{{}}}}})",
        statistics.row_count, join(mins, ","), join(maxes, ","), join(nulls, ","));
}

std::optional<std::int64_t> row_count_of(std::string_view stats) {
    simdjson::dom::parser parser;
    std::int64_t count = 0;
    if (parser.parse(stats.data(), stats.size())["numRecords"].get(count) != simdjson::SUCCESS)
        return std::nullopt;
    return count;
}

}  // namespace pinflow::delta
