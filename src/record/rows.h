// SPDX-License-Identifier: Apache-2.0
// Typed columns: what the decoder hands to the engine, and what a query hands back.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "record/schema.h"

namespace pinflow {

// One column. Only the vectors of its type are filled:
//   boolean, int32, int64, timestamp (microseconds) -> integers, one a row
//   float64                                         -> floats, one a row
//   text, binary                                    -> arena, with ends[row] = end of the row's
//   bytes float64_list                                    -> floats, with ends[row] = end of the
//   row's items
// A null row has valid[row] = 0 and a zero or empty value. A null inside a float64_list has
// item_valid[item] = 0.
struct Column {
    ColumnType type = ColumnType::text;
    std::vector<std::uint8_t> valid;
    std::vector<std::int64_t> integers;
    std::vector<double> floats;
    std::vector<std::uint8_t> item_valid;
    std::string arena;
    std::vector<std::uint64_t> ends;

    std::size_t size() const { return valid.size(); }
    void clear();

    void push_null();
    void push_integer(std::int64_t value);  // boolean, int32, int64, timestamp
    void push_float(double value);
    void push_text(std::string_view value);  // text, binary
    void push_list(std::span<const double> items, std::span<const std::uint8_t> items_valid);

    bool is_null(std::size_t row) const { return valid[row] == 0; }
    std::string_view text(std::size_t row) const;  // valid until the column changes
    std::span<const double> list(std::size_t row) const;
    std::span<const std::uint8_t> list_valid(std::size_t row) const;

private:
    std::uint64_t begin_of(std::size_t row) const { return row == 0 ? 0 : ends[row - 1]; }
};

struct Rows {
    Schema schema;
    std::vector<Column> columns;

    Rows() = default;
    explicit Rows(Schema fields);

    std::size_t count() const { return columns.empty() ? 0 : columns.front().size(); }
    void clear();  // drops the rows, keeps the schema and the buffers
    std::size_t bytes() const;
};

}  // namespace pinflow
