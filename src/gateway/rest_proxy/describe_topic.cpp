// SPDX-License-Identifier: Apache-2.0
#include "gateway/rest_proxy/answer.h"
#include "gateway/rest_proxy/operations.h"
#include "gateway/rest_proxy/partition_json.h"

namespace pinflow::gateway::rest_proxy {

Task<HttpResponse> describe_topic(Ports ports, Call call) {
    auto topic = co_await ports.log.describe_topic(call.route.segments[1]);
    if (!topic) co_return log_error_answer(topic.error());
    json::JsonWriter writer;
    writer.begin_object().member("name", topic->name);
    // Those of Kafka's topic settings that are true of every topic here.
    writer.key("configs").begin_object();
    writer.member("cleanup.policy", "delete").member("compression.type", "producer");
    writer.member("message.timestamp.type", "CreateTime").end_object();
    writer.key("partitions").begin_array();
    for (std::int32_t i = 0; i < topic->partitions; ++i) write_partition(writer, i);
    writer.end_array().end_object();
    co_return json_answer(std::move(writer).take());
}

}  // namespace pinflow::gateway::rest_proxy
