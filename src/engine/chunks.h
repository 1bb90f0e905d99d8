// SPDX-License-Identifier: Apache-2.0
// Our columns to and from DuckDB's vectors, a chunk (at most 2,048 rows) at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "engine/duckdb_library.h"
#include "record/rows.h"

namespace pinflow::engine {

// The DuckDB type in which a column of ours is stored. The caller destroys it.
duckdb_logical_type make_logical_type(const DuckDb& api, ColumnType type);

// The column type in which a result column arrives; nothing if it has to be cast to text first.
// 128-bit and unsigned 64-bit whole numbers arrive as int64 where all of them fit, else as float64.
std::optional<ColumnType> arriving_type(const DuckDb& api, duckdb_logical_type type);

// Rows [begin, begin + count) of a column into a vector of make_logical_type's type.
void fill_vector(const DuckDb& api, const Column& column, std::size_t begin, std::size_t count,
                 duckdb_vector vector);

// Appends `count` values of a vector of that DuckDB type to a column of its arriving type. A whole
// number over 64 bits turns the column (values so far included) into float64.
void take_vector(const DuckDb& api, duckdb_logical_type type, duckdb_vector vector,
                 std::size_t count, Column& column);

// The bytes of one string of a vector: valid until its chunk is destroyed.
std::string_view string_at(const DuckDb& api, duckdb_vector vector, std::size_t row);

}  // namespace pinflow::engine
