// SPDX-License-Identifier: Apache-2.0
// DuckDB's vectors into our columns.
#include <cmath>
#include <cstdint>
#include <vector>

#include "base/check.h"
#include "engine/chunks.h"

namespace pinflow::engine {
namespace {

// DuckDB marks valid rows with a bit each; no mask at all means that all are valid.
bool is_valid(const std::uint64_t* mask, std::size_t row) {
    return mask == nullptr || ((mask[row / 64] >> (row % 64)) & 1U) != 0;
}

template <class T>
T* data_of(const DuckDb& api, duckdb_vector vector) {
    return static_cast<T*>(api.vector_get_data(vector));
}

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

}  // namespace

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
