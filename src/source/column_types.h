// SPDX-License-Identifier: Apache-2.0
// What a column's declared type says about its values: SQLite itself keeps dates as text and single
// floats as doubles, so the declaration is the only place where the difference lives.
#pragma once

#include <string_view>

#include "ports/source_db.h"

namespace pinflow::source {

// "INTEGER", "DOUBLE", "TEXT", "DATETIME", "FLOAT"
std::string_view declared_as(SourceColumn::Kind kind);

// Also of types that others declare ("varchar(50)", "bigint"), by SQLite's own affinity rules.
SourceColumn::Kind kind_of_declared(std::string_view type);

}  // namespace pinflow::source
