// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "gateway/rest_proxy/answer.h"
#include "gateway/rest_proxy/broker.h"
#include "gateway/rest_proxy/operations.h"

namespace pinflow::gateway::rest_proxy {

Task<HttpResponse> list_brokers(Ports, Call) {
    co_return json_answer(fmt::format("{{\"brokers\":[{}]}}", kBrokerId));
}

}  // namespace pinflow::gateway::rest_proxy
