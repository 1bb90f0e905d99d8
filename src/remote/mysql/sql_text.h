// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "ports/source_db.h"
#include "remote/mysql/connection.h"

namespace pinflow::mysql {

// `index`, with backticks: names such as this are words of SQL.
std::string name_in_sql(std::string_view name);

// Text in utf8mb4, a DATETIME, a single-precision FLOAT; the first column is the primary key.
std::string create_statement(std::string_view name, const SourceTable& table);

// A number, 'text' or NULL. invalid_argument: a double that is no number.
Status append_value(Connection& connection, std::string& sql, const SourceValue& value);

}  // namespace pinflow::mysql
