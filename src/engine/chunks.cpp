// SPDX-License-Identifier: Apache-2.0
#include "engine/chunks.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>

#include "base/check.h"

namespace pinflow::engine {
namespace {

// DuckDB marks valid rows with a bit each; no mask at all means that all are valid.
bool is_valid(const std::uint64_t* mask, std::size_t row) {
    return mask == nullptr || ((mask[row / 64] >> (row % 64)) & 1U) != 0;
}

void set_invalid(std::uint64_t* mask, std::size_t row) {
    mask[row / 64] &= ~(std::uint64_t{1} << (row % 64));
}

template <class T>
T* data_of(const DuckDb& api, duckdb_vector vector) {
    return static_cast<T*>(api.vector_get_data(vector));
}

// ---- into DuckDB ----

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

void fill_texts(const DuckDb& api, const Column& column, std::size_t begin, std::size_t count,
                duckdb_vector vector) {
    for (std::size_t row = 0; row < count; ++row) {
        if (column.is_null(begin + row)) continue;
        std::string_view text = column.text(begin + row);
        api.vector_assign_string_element_len(vector, row, text.data(), text.size());
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

// ---- out of DuckDB ----

template <class T>
void take_integers(const DuckDb& api, duckdb_vector vector, std::size_t count, Column& column) {
    const T* values = data_of<T>(api, vector);
    const std::uint64_t* mask = api.vector_get_validity(vector);
    for (std::size_t row = 0; row < count; ++row) {
        if (is_valid(mask, row)) column.push_integer(static_cast<std::int64_t>(values[row]));
        else column.push_null();
    }
}

template <class T>
void take_floats(const DuckDb& api, duckdb_vector vector, std::size_t count, double scale,
                 Column& column) {
    const T* values = data_of<T>(api, vector);
    const std::uint64_t* mask = api.vector_get_validity(vector);
    for (std::size_t row = 0; row < count; ++row) {
        if (is_valid(mask, row)) column.push_float(static_cast<double>(values[row]) / scale);
        else column.push_null();
    }
}

double as_double(duckdb_hugeint value) {
    return std::ldexp(static_cast<double>(value.upper), 64) + static_cast<double>(value.lower);
}
double as_double(duckdb_uhugeint value) {
    return std::ldexp(static_cast<double>(value.upper), 64) + static_cast<double>(value.lower);
}
double as_double(std::uint64_t value) { return static_cast<double>(value); }

constexpr std::uint64_t kSignBit = std::uint64_t{1} << 63;

bool fits_int64(duckdb_hugeint value) {
    return value.upper == ((value.lower & kSignBit) != 0 ? -1 : 0);
}
bool fits_int64(duckdb_uhugeint value) { return value.upper == 0 && (value.lower & kSignBit) == 0; }
bool fits_int64(std::uint64_t value) { return (value & kSignBit) == 0; }

std::int64_t low_bits(duckdb_hugeint value) { return static_cast<std::int64_t>(value.lower); }
std::int64_t low_bits(duckdb_uhugeint value) { return static_cast<std::int64_t>(value.lower); }
std::int64_t low_bits(std::uint64_t value) { return static_cast<std::int64_t>(value); }

void turn_into_floats(Column& column) {
    column.type = ColumnType::float64;
    column.floats.assign(column.integers.begin(), column.integers.end());
    column.integers.clear();
}

template <class T>
void take_wide(const DuckDb& api, duckdb_vector vector, std::size_t count, Column& column) {
    const T* values = data_of<T>(api, vector);
    const std::uint64_t* mask = api.vector_get_validity(vector);
    for (std::size_t row = 0; row < count; ++row) {
        if (!is_valid(mask, row)) {
            column.push_null();
            continue;
        }
        if (column.type == ColumnType::int64 && !fits_int64(values[row])) turn_into_floats(column);
        if (column.type == ColumnType::int64) column.push_integer(low_bits(values[row]));
        else column.push_float(as_double(values[row]));
    }
}

void take_wide_scaled(const DuckDb& api, duckdb_vector vector, std::size_t count, double scale,
                      Column& column) {
    const auto* values = data_of<duckdb_hugeint>(api, vector);
    const std::uint64_t* mask = api.vector_get_validity(vector);
    for (std::size_t row = 0; row < count; ++row) {
        if (is_valid(mask, row)) column.push_float(as_double(values[row]) / scale);
        else column.push_null();
    }
}

void take_decimals(const DuckDb& api, duckdb_logical_type type, duckdb_vector vector,
                   std::size_t count, Column& column) {
    int digits = api.decimal_scale(type);
    double scale = std::pow(10.0, digits);
    switch (api.decimal_internal_type(type)) {
        case DUCKDB_TYPE_SMALLINT:
            if (digits == 0) return take_integers<std::int16_t>(api, vector, count, column);
            return take_floats<std::int16_t>(api, vector, count, scale, column);
        case DUCKDB_TYPE_INTEGER:
            if (digits == 0) return take_integers<std::int32_t>(api, vector, count, column);
            return take_floats<std::int32_t>(api, vector, count, scale, column);
        case DUCKDB_TYPE_BIGINT:
            if (digits == 0) return take_integers<std::int64_t>(api, vector, count, column);
            return take_floats<std::int64_t>(api, vector, count, scale, column);
        default:
            if (digits == 0) return take_wide<duckdb_hugeint>(api, vector, count, column);
            return take_wide_scaled(api, vector, count, scale, column);
    }
}

void take_texts(const DuckDb& api, duckdb_vector vector, std::size_t count, Column& column) {
    const std::uint64_t* mask = api.vector_get_validity(vector);
    for (std::size_t row = 0; row < count; ++row) {
        if (is_valid(mask, row)) column.push_text(string_at(api, vector, row));
        else column.push_null();
    }
}

void take_lists(const DuckDb& api, duckdb_vector vector, std::size_t count, Column& column) {
    const auto* entries = data_of<duckdb_list_entry>(api, vector);
    const std::uint64_t* mask = api.vector_get_validity(vector);
    duckdb_vector child = api.list_vector_get_child(vector);
    const double* items = data_of<double>(api, child);
    const std::uint64_t* item_mask = api.vector_get_validity(child);
    std::vector<double> values;
    std::vector<std::uint8_t> valid;
    for (std::size_t row = 0; row < count; ++row) {
        if (!is_valid(mask, row)) {
            column.push_null();
            continue;
        }
        auto [first, length] = entries[row];
        values.clear();
        valid.clear();
        for (std::uint64_t item = first; item < first + length; ++item) {
            valid.push_back(is_valid(item_mask, item) ? 1 : 0);
            values.push_back(valid.back() != 0 ? items[item] : 0.0);  // DuckDB leaves any bytes
        }
        column.push_list(values, valid);
    }
}

std::optional<ColumnType> arriving_list_type(const DuckDb& api, duckdb_logical_type type) {
    duckdb_logical_type child = api.list_type_child_type(type);
    bool is_double = api.get_type_id(child) == DUCKDB_TYPE_DOUBLE;
    api.destroy_logical_type(&child);
    if (!is_double) return std::nullopt;
    return ColumnType::float64_list;
}

}  // namespace

duckdb_logical_type make_logical_type(const DuckDb& api, ColumnType type) {
    switch (type) {
        case ColumnType::boolean: return api.create_logical_type(DUCKDB_TYPE_BOOLEAN);
        case ColumnType::int32: return api.create_logical_type(DUCKDB_TYPE_INTEGER);
        case ColumnType::int64: return api.create_logical_type(DUCKDB_TYPE_BIGINT);
        case ColumnType::float64: return api.create_logical_type(DUCKDB_TYPE_DOUBLE);
        case ColumnType::text: return api.create_logical_type(DUCKDB_TYPE_VARCHAR);
        case ColumnType::binary: return api.create_logical_type(DUCKDB_TYPE_BLOB);
        case ColumnType::timestamp: return api.create_logical_type(DUCKDB_TYPE_TIMESTAMP_TZ);
        case ColumnType::float64_list: break;
    }
    duckdb_logical_type item = api.create_logical_type(DUCKDB_TYPE_DOUBLE);
    duckdb_logical_type list = api.create_list_type(item);
    api.destroy_logical_type(&item);
    return list;
}

std::optional<ColumnType> arriving_type(const DuckDb& api, duckdb_logical_type type) {
    switch (api.get_type_id(type)) {
        case DUCKDB_TYPE_BOOLEAN: return ColumnType::boolean;
        case DUCKDB_TYPE_TINYINT:
        case DUCKDB_TYPE_SMALLINT:
        case DUCKDB_TYPE_INTEGER:
        case DUCKDB_TYPE_UTINYINT:
        case DUCKDB_TYPE_USMALLINT: return ColumnType::int32;
        case DUCKDB_TYPE_BIGINT:
        case DUCKDB_TYPE_UINTEGER:
        case DUCKDB_TYPE_UBIGINT:
        case DUCKDB_TYPE_HUGEINT:
        case DUCKDB_TYPE_UHUGEINT: return ColumnType::int64;
        case DUCKDB_TYPE_FLOAT:
        case DUCKDB_TYPE_DOUBLE: return ColumnType::float64;
        case DUCKDB_TYPE_DECIMAL:
            return api.decimal_scale(type) == 0 ? ColumnType::int64 : ColumnType::float64;
        case DUCKDB_TYPE_VARCHAR: return ColumnType::text;
        case DUCKDB_TYPE_BLOB: return ColumnType::binary;
        case DUCKDB_TYPE_TIMESTAMP:
        case DUCKDB_TYPE_TIMESTAMP_TZ: return ColumnType::timestamp;
        case DUCKDB_TYPE_LIST: return arriving_list_type(api, type);
        default: return std::nullopt;
    }
}

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

void take_vector(const DuckDb& api, duckdb_logical_type type, duckdb_vector vector,
                 std::size_t count, Column& column) {
    switch (api.get_type_id(type)) {
        case DUCKDB_TYPE_BOOLEAN: return take_integers<bool>(api, vector, count, column);
        case DUCKDB_TYPE_TINYINT: return take_integers<std::int8_t>(api, vector, count, column);
        case DUCKDB_TYPE_SMALLINT: return take_integers<std::int16_t>(api, vector, count, column);
        case DUCKDB_TYPE_INTEGER: return take_integers<std::int32_t>(api, vector, count, column);
        case DUCKDB_TYPE_UTINYINT: return take_integers<std::uint8_t>(api, vector, count, column);
        case DUCKDB_TYPE_USMALLINT: return take_integers<std::uint16_t>(api, vector, count, column);
        case DUCKDB_TYPE_UINTEGER: return take_integers<std::uint32_t>(api, vector, count, column);
        case DUCKDB_TYPE_BIGINT:
        case DUCKDB_TYPE_TIMESTAMP:
        case DUCKDB_TYPE_TIMESTAMP_TZ:
            return take_integers<std::int64_t>(api, vector, count, column);
        case DUCKDB_TYPE_UBIGINT: return take_wide<std::uint64_t>(api, vector, count, column);
        case DUCKDB_TYPE_HUGEINT: return take_wide<duckdb_hugeint>(api, vector, count, column);
        case DUCKDB_TYPE_UHUGEINT: return take_wide<duckdb_uhugeint>(api, vector, count, column);
        case DUCKDB_TYPE_FLOAT: return take_floats<float>(api, vector, count, 1.0, column);
        case DUCKDB_TYPE_DOUBLE: return take_floats<double>(api, vector, count, 1.0, column);
        case DUCKDB_TYPE_DECIMAL: return take_decimals(api, type, vector, count, column);
        case DUCKDB_TYPE_VARCHAR:
        case DUCKDB_TYPE_BLOB: return take_texts(api, vector, count, column);
        case DUCKDB_TYPE_LIST: return take_lists(api, vector, count, column);
        default: CHECK(false, "arriving_type() refuses every other type");
    }
}

std::string_view string_at(const DuckDb& api, duckdb_vector vector, std::size_t row) {
    // A duckdb_string_t holds up to twelve bytes in itself, and points to longer ones.
    constexpr std::uint32_t kInlinedBytesMax = 12;
    const duckdb_string_t& string = data_of<duckdb_string_t>(api, vector)[row];
    std::uint32_t length = string.value.inlined.length;
    if (length <= kInlinedBytesMax) return {string.value.inlined.inlined, length};
    return {string.value.pointer.ptr, length};
}

}  // namespace pinflow::engine
