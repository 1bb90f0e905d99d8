// SPDX-License-Identifier: Apache-2.0
#include "codec/kinesis/put_body.h"
#include "gateway/api_gateway/answer.h"
#include "gateway/api_gateway/checks.h"
#include "gateway/api_gateway/operations.h"

namespace pinflow::gateway::api_gateway {

// ShardCount from the body, or the template's default.
Task<HttpResponse> create_stream(Ports ports, Call call) {
    constexpr std::int64_t kShardsMax = 500;
    if (!has_template(call.request)) co_return unsupported_media_type();
    auto count = kinesis::parse_shard_count(call.request.body);
    if (!count) co_return unreadable_body(count.error());
    std::string name = stream_name(call.route);
    Violations violations;
    check_stream_name(name, violations);
    std::int64_t shards = count->value_or(ports.settings.default_shard_count);
    if (shards < 1) {
        violations.push_back(
            "Value '" + std::to_string(shards) +
            "' at 'shardCount' failed to satisfy constraint: Member must have value "
            "greater than or equal to 1");
    }
    if (!violations.empty()) {
        co_return kinesis_error(ports.settings, "ValidationException", violation_text(violations));
    }
    if (shards > kShardsMax) {
        co_return kinesis_error(ports.settings, "LimitExceededException",
                                "This request would exceed the shard limit of a stream: 500.");
    }
    auto created = co_await ports.streams.create_stream(name, static_cast<std::int32_t>(shards));
    if (!created) co_return stream_error(ports.settings, created.error(), name);
    co_return json_answer("{}");
}

}  // namespace pinflow::gateway::api_gateway
