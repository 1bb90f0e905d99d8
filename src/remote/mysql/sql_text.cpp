// SPDX-License-Identifier: Apache-2.0
#include "remote/mysql/sql_text.h"

#include <fmt/format.h>

#include <cmath>

#include "base/check.h"

namespace pinflow::mysql {
namespace {

using Kind = SourceColumn::Kind;

std::string_view declared_as(Kind kind, bool is_key) {
    switch (kind) {
        case Kind::integer: return "BIGINT";
        case Kind::real: return "DOUBLE";
        case Kind::text: return is_key ? "VARCHAR(255)" : "TEXT";
        case Kind::datetime: return "DATETIME";
        case Kind::single_float: return "FLOAT";
    }
    CHECK(false);
}

}  // namespace

std::string name_in_sql(std::string_view name) {
    std::string text = "`";
    for (char c : name) text.append(c == '`' ? 2 : 1, c);
    return text + '`';
}

std::string create_statement(std::string_view name, const SourceTable& table) {
    std::string columns;
    for (const SourceColumn& column : table.columns) {
        bool is_key = &column == &table.columns.front();
        columns += fmt::format("{} {}{}, ", name_in_sql(column.name),
                               declared_as(column.kind, is_key), is_key ? " NOT NULL" : "");
    }
    return fmt::format("CREATE TABLE {} ({}PRIMARY KEY ({})) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4",
                       name_in_sql(name), columns, name_in_sql(table.columns.front().name));
}

Status append_value(Connection& connection, std::string& sql, const SourceValue& value) {
    if (auto* integer = std::get_if<std::int64_t>(&value)) {
        sql += std::to_string(*integer);
    } else if (auto* real = std::get_if<double>(&value)) {
        if (!std::isfinite(*real))
            return fail(Errc::invalid_argument, "MySQL has no such number as NaN");
        fmt::format_to(std::back_inserter(sql), "{}", *real);
    } else if (auto* text = std::get_if<std::string>(&value)) {
        connection.append_literal(sql, *text);
    } else if (auto* date = std::get_if<DateTimeText>(&value)) {
        connection.append_literal(sql, date->text);
    } else if (auto* single = std::get_if<FloatText>(&value)) {
        connection.append_literal(sql, single->text);
    } else {
        sql += "NULL";
    }
    return {};
}

}  // namespace pinflow::mysql
