// SPDX-License-Identifier: Apache-2.0
// A table's schema as Spark spells it in JSON, which is what metaData.schemaString holds.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "record/schema.h"

namespace pinflow::delta {

struct TableSchema {
    Schema columns;
    // Some column demands more of its writers than a type: not null, an invariant, a generated
    // value.
    bool has_demands = false;
};

std::string write_schema(const Schema& columns);

// corrupt if it is no such JSON; unsupported, naming the column, for a type outside ColumnType.
Result<TableSchema> read_schema(std::string_view json);

}  // namespace pinflow::delta
