// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "codec/json/writer.h"
#include "codec/kinesis/shard_iterator.h"
#include "gateway/api_gateway/answer.h"
#include "gateway/api_gateway/operations.h"

namespace pinflow::gateway::api_gateway {

// ShardId from the query's shard-id; the template's type is always TRIM_HORIZON.
Task<HttpResponse> get_shard_iterator(Ports ports, Call call) {
    std::string stream = stream_name(call.route);
    std::string shard_id = call.route.parameter("shard-id").value_or("");
    auto position = co_await ports.streams.position(stream, shard_id, ShardStart{});
    if (!position) {
        // The port says not_found for both; Kinesis has words of its own for each.
        auto described = co_await ports.streams.describe_stream(stream);
        if (described && position.error().code == Errc::not_found) {
            co_return kinesis_error(
                ports.settings, "ResourceNotFoundException",
                fmt::format("Shard {} in stream {} under account {} does not exist", shard_id,
                            stream, ports.settings.account_id));
        }
        co_return stream_error(ports.settings, position.error(), stream);
    }
    kinesis::ShardIterator iterator{.stream = stream,
                                    .shard_id = shard_id,
                                    .position = position->token,
                                    .issued_ms = ports.clock.now_ms()};
    json::JsonWriter writer;
    writer.begin_object().member("ShardIterator", kinesis::write_iterator(iterator)).end_object();
    co_return json_answer(std::move(writer).take());
}

}  // namespace pinflow::gateway::api_gateway
