// SPDX-License-Identifier: Apache-2.0
// Our columns into DuckDB's vectors.
#include <algorithm>
#include <cstdint>
#include <span>

#include "engine/chunks.h"

namespace pinflow::engine {
namespace {

// DuckDB marks valid rows with a bit each.
void set_invalid(std::uint64_t* mask, std::size_t row) {
    mask[row / 64] &= ~(std::uint64_t{1} << (row % 64));
}

template <class T>
T* data_of(const DuckDb& api, duckdb_vector vector) {
    return static_cast<T*>(api.vector_get_data(vector));
}

void fill_validity(const DuckDb& api, std::span<const std::uint8_t> valid, duckdb_vector vector) {
    if (std::ranges::find(valid, std::uint8_t{0}) == valid.end()) return;
    api.vector_ensure_validity_writable(vector);
    std::uint64_t* mask = api.vector_get_validity(vector);
    for (std::size_t row = 0; row < valid.size(); ++row)
        if (valid[row] == 0) set_invalid(mask, row);
}

template <class T>
void fill_integers(const DuckDb& api, std::span<const std::int64_t> values, duckdb_vector vector) {
    T* out = data_of<T>(api, vector);
    for (std::size_t row = 0; row < values.size(); ++row) out[row] = static_cast<T>(values[row]);
}

// Short texts lie in the vector itself (duckdb.h, duckdb_string_t): a store instead of a call.
void fill_texts(const DuckDb& api, const Column& column, std::size_t begin, std::size_t count,
                duckdb_vector vector) {
    auto* out = data_of<duckdb_string_t>(api, vector);
    for (std::size_t row = 0; row < count; ++row) {
        if (column.is_null(begin + row)) continue;
        std::string_view text = column.text(begin + row);
        if (text.size() <= sizeof out->value.inlined.inlined) {
            out[row] = {};  // what is behind the text is compared too
            out[row].value.inlined.length = static_cast<std::uint32_t>(text.size());
            std::ranges::copy(text, out[row].value.inlined.inlined);
        } else {
            api.vector_assign_string_element_len(vector, row, text.data(), text.size());
        }
    }
}

void fill_lists(const DuckDb& api, const Column& column, std::size_t begin, std::size_t count,
                duckdb_vector vector) {
    std::uint64_t first = begin == 0 ? 0 : column.ends[begin - 1];
    std::uint64_t items = column.ends[begin + count - 1] - first;
    api.list_vector_reserve(vector, items);
    api.list_vector_set_size(vector, items);
    auto* entries = data_of<duckdb_list_entry>(api, vector);
    std::uint64_t at = 0;
    for (std::size_t row = 0; row < count; ++row) {
        std::uint64_t length = column.list(begin + row).size();
        entries[row] = {at, length};
        at += length;
    }
    duckdb_vector child = api.list_vector_get_child(vector);
    std::span<const double> values{column.floats.data() + first, items};
    std::ranges::copy(values, data_of<double>(api, child));
    fill_validity(api, {column.item_valid.data() + first, items}, child);
}

}  // namespace

void fill_vector(const DuckDb& api, const Column& column, std::size_t begin, std::size_t count,
                 duckdb_vector vector) {
    auto integers = [&] { return std::span{column.integers}.subspan(begin, count); };
    switch (column.type) {
        case ColumnType::boolean: fill_integers<bool>(api, integers(), vector); break;
        case ColumnType::int32: fill_integers<std::int32_t>(api, integers(), vector); break;
        case ColumnType::int64:
        case ColumnType::timestamp: fill_integers<std::int64_t>(api, integers(), vector); break;
        case ColumnType::float64:
            std::ranges::copy(std::span{column.floats}.subspan(begin, count),
                              data_of<double>(api, vector));
            break;
        case ColumnType::text:
        case ColumnType::binary: fill_texts(api, column, begin, count, vector); break;
        case ColumnType::float64_list: fill_lists(api, column, begin, count, vector); break;
    }
    fill_validity(api, std::span{column.valid}.subspan(begin, count), vector);
}

}  // namespace pinflow::engine
