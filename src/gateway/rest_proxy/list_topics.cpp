// SPDX-License-Identifier: Apache-2.0
#include "codec/json/writer.h"
#include "gateway/rest_proxy/answer.h"
#include "gateway/rest_proxy/operations.h"

namespace pinflow::gateway::rest_proxy {

Task<HttpResponse> list_topics(Ports ports, Call) {
    auto topics = co_await ports.log.list_topics();
    if (!topics) co_return log_error_answer(topics.error());
    json::JsonWriter writer;
    writer.begin_array();
    for (const TopicInfo& topic : *topics) writer.value(topic.name);
    co_return json_answer(std::move(writer.end_array()).take());
}

}  // namespace pinflow::gateway::rest_proxy
