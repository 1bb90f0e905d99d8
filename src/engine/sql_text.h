// SPDX-License-Identifier: Apache-2.0
// SQL as text: what must be quoted, and where a statement ends.
#pragma once

#include <string>
#include <string_view>

#include "record/schema.h"

namespace pinflow::engine {

std::string quote_name(std::string_view name);     // "a""b"
std::string quote_literal(std::string_view text);  // 'it''s'

// DuckDB's spelling of a column type: "TIMESTAMPTZ", "DOUBLE[]".
std::string_view sql_type(ColumnType type);

// The statement without the ';', blanks and comments that follow it, so that it can stand inside
// parentheses. Nothing else is changed.
std::string_view without_statement_end(std::string_view sql);

}  // namespace pinflow::engine
