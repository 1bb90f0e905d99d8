// SPDX-License-Identifier: Apache-2.0
#include "gateway/rest_proxy/answer.h"
#include "gateway/rest_proxy/operations.h"
#include "gateway/rest_proxy/partition_json.h"

namespace pinflow::gateway::rest_proxy {

Task<HttpResponse> describe_partition(Ports ports, Call call) {
    auto topic = co_await ports.log.describe_topic(call.route.segments[1]);
    if (!topic) co_return log_error_answer(topic.error());
    auto partition = parse_partition(call.route.segments[3], topic->partitions);
    if (!partition) co_return partition_not_found();
    json::JsonWriter writer;
    write_partition(writer, *partition);
    co_return json_answer(std::move(writer).take());
}

}  // namespace pinflow::gateway::rest_proxy
