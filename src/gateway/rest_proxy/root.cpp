// SPDX-License-Identifier: Apache-2.0
#include "gateway/rest_proxy/answer.h"
#include "gateway/rest_proxy/operations.h"

namespace pinflow::gateway::rest_proxy {

// Liveness, no more.
Task<HttpResponse> root(Ports, Call) { co_return json_answer("{}"); }

}  // namespace pinflow::gateway::rest_proxy
