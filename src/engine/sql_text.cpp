// SPDX-License-Identifier: Apache-2.0
#include "engine/sql_text.h"

#include <algorithm>

namespace pinflow::engine {
namespace {

std::string quote(std::string_view text, char mark) {
    std::string quoted(1, mark);
    for (char c : text) {
        if (c == mark) quoted.push_back(mark);
        quoted.push_back(c);
    }
    quoted.push_back(mark);
    return quoted;
}

// One past the end of the comment or quoted text that begins at `at`; `at` if none does.
std::size_t skip_opaque(std::string_view sql, std::size_t at) {
    auto after = [&](std::string_view mark, std::size_t from) {
        std::size_t found = sql.find(mark, from);
        return found == std::string_view::npos ? sql.size() : found + mark.size();
    };
    std::string_view rest = sql.substr(at);
    if (rest.starts_with("--")) return after("\n", at);
    if (rest.starts_with("/*")) return after("*/", at + 2);
    if (rest.starts_with('\'')) return after("'", at + 1);
    if (rest.starts_with('"')) return after("\"", at + 1);
    return at;
}

bool is_comment(std::string_view rest) { return rest.starts_with("--") || rest.starts_with("/*"); }

}  // namespace

std::string quote_name(std::string_view name) { return quote(name, '"'); }
std::string quote_literal(std::string_view text) { return quote(text, '\''); }

std::string_view sql_type(ColumnType type) {
    switch (type) {
        case ColumnType::boolean: return "BOOLEAN";
        case ColumnType::int32: return "INTEGER";
        case ColumnType::int64: return "BIGINT";
        case ColumnType::float64: return "DOUBLE";
        case ColumnType::text: return "VARCHAR";
        case ColumnType::binary: return "BLOB";
        case ColumnType::timestamp: return "TIMESTAMPTZ";
        case ColumnType::float64_list: return "DOUBLE[]";
    }
    return "VARCHAR";
}

std::string_view without_statement_end(std::string_view sql) {
    constexpr std::string_view kIdle = "; \t\r\n";
    std::size_t end = 0;  // one past the last character that matters
    for (std::size_t at = 0; at < sql.size();) {
        std::size_t next = skip_opaque(sql, at);
        if (next == at) ++next;
        bool matters = !is_comment(sql.substr(at)) && kIdle.find(sql[at]) == std::string_view::npos;
        if (matters) end = next;
        at = next;
    }
    return sql.substr(0, end);
}

}  // namespace pinflow::engine
