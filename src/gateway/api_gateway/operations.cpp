// SPDX-License-Identifier: Apache-2.0
#include "gateway/api_gateway/operations.h"

#include <array>

namespace pinflow::gateway::api_gateway {
namespace {

struct Entry {
    std::string_view method;
    std::string_view resource;  // the last segment; empty: none or any
    Operation operation;
};

constexpr Entry kStreamOperations[] = {
    {"PUT", "record", put_record},
    {"POST", "record", put_record},
    {"PUT", "records", put_records},
    {"POST", "records", put_records},  // seen in the course (course.md §3.3, row 11)
    {"GET", "records", get_records},
    {"GET", "sharditerator", get_shard_iterator},
};

Operation find_stream_operation(std::string_view method, std::string_view resource) {
    for (const Entry& entry : kStreamOperations) {
        if (entry.method == method && entry.resource == resource) return entry.operation;
    }
    return nullptr;
}

Operation find_by_name(std::string_view method) {
    if (method == "GET") return describe_stream;
    if (method == "POST") return create_stream;
    if (method == "DELETE") return delete_stream;
    return nullptr;
}

// /streams/record?stream-name=s: the name in the query. A literal resource wins over the variable
// one beside it, as in API Gateway; without the query the word is taken as a stream's name, for
// GET, POST and DELETE of a stream that is so called.
Operation find_beside_name(std::string_view method, const Route& route) {
    auto literal = find_stream_operation(method, route.segments[1]);
    bool is_named_in_query = route.parameter("stream-name").has_value();
    if (literal && (is_named_in_query || method == "PUT")) return literal;
    return find_by_name(method);
}

}  // namespace

Operation find_operation(std::string_view method, const Route& route) {
    if (route.segments.empty() || route.segments.front() != "streams") return nullptr;
    switch (route.segments.size()) {
        case 1: return method == "GET" ? list_streams : nullptr;
        case 2: return find_beside_name(method, route);
        case 3: return find_stream_operation(method, route.segments[2]);
        default: return nullptr;
    }
}

std::string stream_name(const Route& route) {
    bool is_in_path = route.segments.size() == 3;
    if (!is_in_path) {
        if (auto name = route.parameter("stream-name")) return *name;
    }
    return route.segments.size() > 1 ? route.segments[1] : std::string();
}

}  // namespace pinflow::gateway::api_gateway
