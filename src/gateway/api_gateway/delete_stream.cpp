// SPDX-License-Identifier: Apache-2.0
#include "gateway/api_gateway/answer.h"
#include "gateway/api_gateway/operations.h"

namespace pinflow::gateway::api_gateway {

// Clients send a body along; it means nothing.
Task<HttpResponse> delete_stream(Ports ports, Call call) {
    std::string name = stream_name(call.route);
    Status removed = co_await ports.streams.remove_stream(name);
    if (!removed) co_return stream_error(ports.settings, removed.error(), name);
    co_return json_answer("{}");
}

}  // namespace pinflow::gateway::api_gateway
