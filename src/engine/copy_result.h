// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "engine/handles.h"
#include "ports/sql_engine.h"

namespace pinflow::engine {

// What COPY ... (RETURN_STATS) answered about each file it wrote; internal if about none.
Result<std::vector<ParquetFile>> take_parquet_files(const DuckDb& api, QueryResult& result,
                                                    const Schema& schema);

}  // namespace pinflow::engine
