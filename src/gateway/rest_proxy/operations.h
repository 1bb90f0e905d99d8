// SPDX-License-Identifier: Apache-2.0
// Confluent REST Proxy v2, one file an operation. Which path and method is which: operations.cpp.
#pragma once

#include <string>
#include <string_view>

#include "gateway/call.h"

namespace pinflow::gateway::rest_proxy {

struct Found {
    Operation operation = nullptr;
    std::string allowed;  // if there is none: the methods that the path has, or empty: no such path
};

Found find_operation(std::string_view method, const Route& route);

Task<HttpResponse> root(Ports ports, Call call);                // {}
Task<HttpResponse> list_brokers(Ports ports, Call call);        // /brokers
Task<HttpResponse> list_topics(Ports ports, Call call);         // /topics
Task<HttpResponse> describe_topic(Ports ports, Call call);      // /topics/{t}
Task<HttpResponse> list_partitions(Ports ports, Call call);     // /topics/{t}/partitions
Task<HttpResponse> describe_partition(Ports ports, Call call);  // /topics/{t}/partitions/{p}
Task<HttpResponse> partition_offsets(Ports ports, Call call);  // /topics/{t}/partitions/{p}/offsets
Task<HttpResponse> produce_to_topic(Ports ports, Call call);   // POST /topics/{t}
Task<HttpResponse> produce_to_partition(Ports ports, Call call);  // POST /topics/{t}/partitions/{p}

}  // namespace pinflow::gateway::rest_proxy
