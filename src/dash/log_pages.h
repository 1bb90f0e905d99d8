// SPDX-License-Identifier: Apache-2.0
// What the log holds, as JSON arrays of flat objects: one a topic, partition, stream or shard.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "ports/event_log.h"
#include "ports/shard_stream.h"

namespace pinflow::dash {

// The first offset of a partition that is in no object yet; nothing when the topic is not sunk.
// Any thread.
using SunkTo = std::function<std::optional<Offset>(const TopicPartition&)>;

Task<Result<std::string>> topics_json(EventLog& log, SunkTo sunk_to);
Task<Result<std::string>> topic_json(EventLog& log, std::string topic, SunkTo sunk_to);
Task<Result<std::string>> streams_json(ShardStream& streams);
Task<Result<std::string>> stream_json(ShardStream& streams, std::string stream);

}  // namespace pinflow::dash
