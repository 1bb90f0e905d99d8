// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pinflow {

// The column types of the pipeline; each has one Delta, one DuckDB and one Spark spelling.
enum class ColumnType {
    boolean,
    int32,
    int64,
    float64,
    text,  // UTF-8
    binary,
    timestamp,  // microseconds since 1970, UTC
    float64_list,
};

struct Field {
    std::string name;
    ColumnType type = ColumnType::text;
    bool operator==(const Field&) const = default;
};

using Schema = std::vector<Field>;  // every column may be null

// "boolean", "int", "bigint", "double", "string", "binary", "timestamp", "array<double>":
// the spellings of pipeline.yaml, which are Spark's.
std::string_view name_of(ColumnType type);
std::optional<ColumnType> column_type_named(std::string_view name);

}  // namespace pinflow
