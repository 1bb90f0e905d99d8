// SPDX-License-Identifier: Apache-2.0
// The records of a raw table, as `raw` for the cleaning.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "ports/sql_engine.h"
#include "record/pipeline.h"

namespace pinflow::batch {

// The record's columns, then the place's: what a raw table holds.
Schema raw_schema(const RecordShape& shape);

// Makes the view `raw` over the files: the last record of each key, by (first offset of its object,
// partition, topic, line, item), as objects are ordered when they are read at once. Returns how
// many there are.
Result<std::int64_t> view_stored_records(SqlSession& session, const PipelineKind& kind,
                                         const std::vector<std::string>& parquet_paths);

}  // namespace pinflow::batch
