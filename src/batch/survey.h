// SPDX-License-Identifier: Apache-2.0
// The first reading of a kind's objects: how many records, which are refused and why, and which of
// a key's records is the last. Only keys and refusals go to the engine; what the second reading
// (record_source.h) shall keep is then a bit a record.
#pragma once

#include <cstdint>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "batch/lineage.h"
#include "batch/part.h"
#include "batch/sink_object.h"
#include "ports/sql_engine.h"
#include "record/pipeline.h"

namespace pinflow::batch {

inline constexpr const char* kQuarantineTable = "pinflow_quarantine";  // of quarantine_schema()

// reason, topic, partition, offset, line, object, raw
const Schema& quarantine_schema();

// What a part held, for the second reading.
struct PartFacts {
    std::int64_t accepted = 0;
    std::vector<bool> kept;  // a bit a record; empty: all of them
};

struct Survey {
    std::int64_t read = 0;
    std::int64_t accepted = 0;
    std::int64_t quarantined = 0;
    std::int64_t latest = 0;  // distinct keys among the accepted
    std::map<std::string, std::int64_t> reasons;
    std::vector<std::int64_t> lines;  // of each object
    std::vector<PartFacts> parts;     // by number

    Lineage lineage(const std::vector<SinkObject>& objects) const;
};

// Decodes on `threads` threads (0: one a core) and fills kQuarantineTable. With `find_latest` it
// also says which records are the last of their keys; else all are kept, and `latest` is 0.
// A stop ends it with `cancelled`.
Result<Survey> survey(SqlSession& session, const PipelineKind& kind,
                      const std::vector<SinkObject>& objects, PartStream& parts, int threads,
                      bool find_latest, std::stop_token stop = {});

}  // namespace pinflow::batch
