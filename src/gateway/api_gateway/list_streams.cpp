// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "codec/json/writer.h"
#include "gateway/api_gateway/answer.h"
#include "gateway/api_gateway/operations.h"

namespace pinflow::gateway::api_gateway {

// Limit and ExclusiveStartStreamName come from the query; present but empty is as good as absent.
Task<HttpResponse> list_streams(Ports ports, Call call) {
    constexpr std::int64_t kLimitDefault = 100;
    constexpr std::int64_t kLimitMax = 10'000;
    std::string limit_text = call.route.parameter("Limit").value_or("");
    auto limit = limit_text.empty() ? kLimitDefault : parse_int(limit_text).value_or(0);
    if (limit < 1 || limit > kLimitMax) {
        co_return kinesis_error(ports.settings, "ValidationException",
                                "1 validation error detected: Value '" + limit_text +
                                    "' at 'limit' failed to satisfy constraint: Member must have "
                                    "value between 1 and 10000");
    }
    std::string after = call.route.parameter("ExclusiveStartStreamName").value_or("");
    auto names = co_await ports.streams.list_streams();
    if (!names) co_return stream_error(ports.settings, names.error(), "");
    json::JsonWriter writer;
    writer.begin_object().key("StreamNames").begin_array();
    std::int64_t listed = 0;
    bool has_more = false;
    for (const std::string& name : *names) {
        if (name <= after) continue;
        has_more = listed == limit;
        if (has_more) break;
        writer.value(name);
        ++listed;
    }
    writer.end_array().member("HasMoreStreams", has_more).end_object();
    co_return json_answer(std::move(writer).take());
}

}  // namespace pinflow::gateway::api_gateway
