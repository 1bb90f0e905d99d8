// SPDX-License-Identifier: Apache-2.0
#include "codec/delta/statistics.h"

#include <simdjson.h>

#include <utility>

#include "codec/json/writer.h"

namespace pinflow::delta {

std::string write_statistics(const FileStatistics& statistics) {
    json::JsonWriter out;
    out.begin_object().member("numRecords", statistics.row_count);
    out.key("minValues").begin_object();
    for (const ColumnBounds& column : statistics.columns)
        if (column.min_json) out.key(column.column).raw(*column.min_json);
    out.end_object().key("maxValues").begin_object();
    for (const ColumnBounds& column : statistics.columns)
        if (column.max_json) out.key(column.column).raw(*column.max_json);
    out.end_object().key("nullCount").begin_object();
    for (const ColumnBounds& column : statistics.columns)
        out.member(column.column, column.null_count);
    out.end_object().end_object();
    return std::move(out).take();
}

std::optional<std::int64_t> row_count_of(std::string_view stats) {
    simdjson::dom::parser parser;
    std::int64_t count = 0;
    if (parser.parse(stats.data(), stats.size())["numRecords"].get(count) != simdjson::SUCCESS)
        return std::nullopt;
    return count;
}

}  // namespace pinflow::delta
