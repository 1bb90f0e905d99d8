// SPDX-License-Identifier: Apache-2.0
#include "record/rows.h"

namespace pinflow {

void Column::clear() {
    valid.clear();
    integers.clear();
    floats.clear();
    item_valid.clear();
    arena.clear();
    ends.clear();
}

void Column::push_null() {
    valid.push_back(0);
    switch (type) {
        case ColumnType::boolean:
        case ColumnType::int32:
        case ColumnType::int64:
        case ColumnType::timestamp: integers.push_back(0); break;
        case ColumnType::float64: floats.push_back(0); break;
        case ColumnType::text:
        case ColumnType::binary: ends.push_back(arena.size()); break;
        case ColumnType::float64_list: ends.push_back(floats.size()); break;
    }
}

void Column::push_integer(std::int64_t value) {
    valid.push_back(1);
    integers.push_back(value);
}

void Column::push_float(double value) {
    valid.push_back(1);
    floats.push_back(value);
}

void Column::push_text(std::string_view value) {
    valid.push_back(1);
    arena.append(value);
    ends.push_back(arena.size());
}

void Column::push_list(std::span<const double> items, std::span<const std::uint8_t> items_valid) {
    valid.push_back(1);
    floats.insert(floats.end(), items.begin(), items.end());
    item_valid.insert(item_valid.end(), items_valid.begin(), items_valid.end());
    ends.push_back(floats.size());
}

std::string_view Column::text(std::size_t row) const {
    return std::string_view(arena).substr(begin_of(row), ends[row] - begin_of(row));
}

std::span<const double> Column::list(std::size_t row) const {
    return std::span(floats).subspan(begin_of(row), ends[row] - begin_of(row));
}

std::span<const std::uint8_t> Column::list_valid(std::size_t row) const {
    return std::span(item_valid).subspan(begin_of(row), ends[row] - begin_of(row));
}

Rows::Rows(Schema fields) : schema(std::move(fields)) {
    for (const Field& field : schema) columns.push_back(Column{.type = field.type});
}

void Rows::clear() {
    for (Column& column : columns) column.clear();
}

std::size_t Rows::bytes() const {
    std::size_t total = 0;
    for (const Column& column : columns) {
        total += column.valid.size() + column.integers.size() * 8 + column.floats.size() * 8 +
                 column.item_valid.size() + column.arena.size() + column.ends.size() * 8;
    }
    return total;
}

}  // namespace pinflow
