// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "codec/json/writer.h"
#include "gateway/api_gateway/answer.h"
#include "gateway/api_gateway/operations.h"

namespace pinflow::gateway::api_gateway {
namespace {

void write_shard(json::JsonWriter& writer, const ShardInfo& shard) {
    writer.begin_object().member("ShardId", shard.id);
    constexpr std::array kParentNames = {"ParentShardId", "AdjacentParentShardId"};
    for (std::size_t i = 0; i < std::min(shard.parents.size(), kParentNames.size()); ++i) {
        writer.member(kParentNames[i], shard.parents[i]);
    }
    writer.key("HashKeyRange").begin_object();
    writer.member("StartingHashKey", shard.hash_key_first);
    writer.member("EndingHashKey", shard.hash_key_last).end_object();
    writer.key("SequenceNumberRange").begin_object();
    writer.member("StartingSequenceNumber", shard.sequence_first);
    if (shard.is_closed()) writer.member("EndingSequenceNumber", shard.sequence_last);
    writer.end_object().end_object();
}

}  // namespace

Task<HttpResponse> describe_stream(Ports ports, Call call) {
    std::string name = stream_name(call.route);
    auto stream = co_await ports.streams.describe_stream(name);
    if (!stream) co_return stream_error(ports.settings, stream.error(), name);
    json::JsonWriter writer;
    writer.begin_object().key("StreamDescription").begin_object();
    writer.member("StreamName", stream->name);
    writer.member("StreamARN", fmt::format("arn:aws:kinesis:{}:{}:stream/{}", ports.settings.region,
                                           ports.settings.account_id, stream->name));
    writer.member("StreamStatus", "ACTIVE");
    writer.member("StreamCreationTimestamp", static_cast<double>(stream->created_ms) / 1'000.0);
    writer.member("RetentionPeriodHours", 24).member("EncryptionType", "NONE");
    writer.key("EnhancedMonitoring").begin_array().begin_object();
    writer.key("ShardLevelMetrics").begin_array().end_array().end_object().end_array();
    writer.member("HasMoreShards", false);
    writer.key("Shards").begin_array();
    for (const ShardInfo& shard : stream->shards) write_shard(writer, shard);
    writer.end_array().end_object().end_object();
    co_return json_answer(std::move(writer).take());
}

}  // namespace pinflow::gateway::api_gateway
