// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include "ports/source_db.h"
#include "record/pipeline.h"

namespace pinflow::batch {

// The pipeline's tables in DBML (dbdiagram's language): the source's, then the cleaned ones, with
// their types and notes, and one-to-one references between the keys of the kinds.
std::string dbml(const Pipeline& pipeline, std::span<const SourceTable> source_tables);

}  // namespace pinflow::batch
