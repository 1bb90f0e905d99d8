// SPDX-License-Identifier: Apache-2.0
#include "record/schema.h"

#include <array>
#include <utility>

namespace pinflow {
namespace {

constexpr std::array<std::pair<ColumnType, std::string_view>, 8> kNames{{
    {ColumnType::boolean, "boolean"},
    {ColumnType::int32, "int"},
    {ColumnType::int64, "bigint"},
    {ColumnType::float64, "double"},
    {ColumnType::text, "string"},
    {ColumnType::binary, "binary"},
    {ColumnType::timestamp, "timestamp"},
    {ColumnType::float64_list, "array<double>"},
}};

}  // namespace

std::string_view name_of(ColumnType type) {
    for (const auto& [known, name] : kNames) {
        if (known == type) return name;
    }
    return "unknown";
}

std::optional<ColumnType> column_type_named(std::string_view name) {
    for (const auto& [type, known] : kNames) {
        if (known == name) return type;
    }
    return std::nullopt;
}

}  // namespace pinflow
