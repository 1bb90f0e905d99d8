// SPDX-License-Identifier: Apache-2.0
// What the log already holds of a walk: how an interrupted demo knows what is left to post.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/result.h"
#include "ports/event_log.h"
#include "ports/shard_stream.h"
#include "record/pipeline.h"

namespace pinflow::app {

using RowCounts =
    std::map<std::int64_t, std::int64_t>;  // key of a record -> how often it is stored

// By the key of the kind's shape. No topic or stream: nothing stored. corrupt: a record without a
// key.
Result<RowCounts> rows_in_topic(EventLog& log, const std::string& topic, const RecordShape& shape);
Result<RowCounts> rows_in_stream(ShardStream& streams, const std::string& stream,
                                 const RecordShape& shape);

}  // namespace pinflow::app
