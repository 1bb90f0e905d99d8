// SPDX-License-Identifier: Apache-2.0
// The resources that the course's API Gateway puts before Kinesis, one file an operation. Which
// path and method is which: operations.cpp. The stream's name is $input.params('stream-name'): the
// path's, else the query's; never the body's.
#pragma once

#include <string>
#include <string_view>

#include "gateway/call.h"

namespace pinflow::gateway::api_gateway {

// nullptr: API Gateway knows no such path and method.
Operation find_operation(std::string_view method, const Route& route);

std::string stream_name(const Route& route);

Task<HttpResponse> list_streams(Ports ports, Call call);        // GET /streams
Task<HttpResponse> describe_stream(Ports ports, Call call);     // GET /streams/{s}
Task<HttpResponse> create_stream(Ports ports, Call call);       // POST /streams/{s}
Task<HttpResponse> delete_stream(Ports ports, Call call);       // DELETE /streams/{s}
Task<HttpResponse> put_record(Ports ports, Call call);          // PUT …/record
Task<HttpResponse> put_records(Ports ports, Call call);         // PUT …/records
Task<HttpResponse> get_records(Ports ports, Call call);         // GET …/records
Task<HttpResponse> get_shard_iterator(Ports ports, Call call);  // GET …/sharditerator

}  // namespace pinflow::gateway::api_gateway
