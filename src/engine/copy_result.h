// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "engine/handles.h"
#include "ports/sql_engine.h"

namespace pinflow::engine {

// What COPY ... (RETURN_STATS) answered about the one file it wrote.
Result<ParquetFile> take_parquet_file(const DuckDb& api, QueryResult& result, const Schema& schema,
                                      const std::string& path);

}  // namespace pinflow::engine
