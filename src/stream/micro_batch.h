// SPDX-License-Identifier: Apache-2.0
// Records as read become rows and refusals, and these become Parquet files.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "codec/records/decoder.h"
#include "ports/shard_stream.h"
#include "ports/sql_engine.h"
#include "record/ledger.h"
#include "record/pipeline.h"
#include "record/rows.h"

namespace pinflow::stream {

// What was read of one shard, in order.
struct ShardPart {
    std::string shard;
    ShardPosition from;
    ShardPosition to;
    std::vector<ShardRecord> records;
    bool is_end = false;  // the shard is closed, and nothing comes behind
};

struct DecodedBatch {
    Rows rows;         // of the kind's shape
    Rows quarantined;  // of quarantine_schema()
    Ledger ledger;     // read, written and quarantined
};

// reason, stream, shard, sequence_number, raw, arrival_time
const Schema& quarantine_schema();

DecodedBatch decode_batch(records::Decoder& decoder, const std::string& stream,
                          const std::vector<ShardPart>& parts);

// One cleaned row for each row: failed_check, naming the file, where the SQL gives more or fewer.
Result<ParquetFile> write_cleaned(SqlSession& session, const PipelineKind& kind, const Rows& rows,
                                  const std::string& path);

Result<ParquetFile> write_quarantined(SqlSession& session, const Rows& rows,
                                      const std::string& path);

}  // namespace pinflow::stream
