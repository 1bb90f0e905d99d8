// SPDX-License-Identifier: Apache-2.0
#include "gateway/rest_proxy/answer.h"
#include "gateway/rest_proxy/operations.h"
#include "gateway/rest_proxy/partition_json.h"

namespace pinflow::gateway::rest_proxy {

Task<HttpResponse> list_partitions(Ports ports, Call call) {
    auto topic = co_await ports.log.describe_topic(call.route.segments[1]);
    if (!topic) co_return log_error_answer(topic.error());
    json::JsonWriter writer;
    writer.begin_array();
    for (std::int32_t i = 0; i < topic->partitions; ++i) write_partition(writer, i);
    co_return json_answer(std::move(writer.end_array()).take());
}

}  // namespace pinflow::gateway::rest_proxy
