// SPDX-License-Identifier: Apache-2.0
// What the batch notes on its tables, in properties and tags (docs/formats/delta.md).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/result.h"
#include "ports/table.h"
#include "record/ledger.h"
#include "record/pipeline.h"

namespace pinflow::batch {

// Tags of a file.
inline constexpr const char* kDateTag = "date";    // of the run that wrote it, by date
inline constexpr const char* kBatchTag = "batch";  // of the load that refused it

// Properties of the raw table, beside those of LoadedOffsets.
inline constexpr const char* kEpochProperty = "pinflow.epoch";  // of one unbroken series of loads
inline constexpr const char* kShapeProperty = "pinflow.shape";  // what its records were decoded by

// Properties of a clean table.
inline constexpr const char* kLoadProperty = "pinflow.load";          // how it was made
inline constexpr const char* kCleaningProperty = "pinflow.cleaning";  // by which text
inline constexpr const char* kBatchProperty = "pinflow.batch";        // up to which load
inline constexpr const char* kTotalsProperty = "pinflow.totals";      // the series' ledger so far

// What a clean table says of itself; of an absent one, nothing.
struct CleanMarks {
    std::optional<Load> load;
    std::string epoch;
    std::string cleaning;
    std::int64_t batch = -1;
    Ledger totals;
};
Result<CleanMarks> read_marks(const std::map<std::string, std::string>& properties);

// The properties that say so; those of other ways to load are taken away.
std::map<std::string, std::string> marks_of(Load load);
std::map<std::string, std::string> marks_of(const CleanMarks& marks);

// Two kinds with one fingerprint decode, or clean, alike.
std::string shape_fingerprint(const RecordShape& shape);
std::string cleaning_fingerprint(const PipelineKind& kind);

}  // namespace pinflow::batch
