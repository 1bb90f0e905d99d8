// SPDX-License-Identifier: Apache-2.0
#include "engine/chunks.h"

namespace pinflow::engine {
namespace {

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

}  // namespace pinflow::engine
