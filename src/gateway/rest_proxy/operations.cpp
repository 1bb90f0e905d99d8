// SPDX-License-Identifier: Apache-2.0
#include "gateway/rest_proxy/operations.h"

#include <algorithm>
#include <array>

namespace pinflow::gateway::rest_proxy {
namespace {

struct Entry {
    std::string_view method;
    std::size_t segment_count;
    std::array<std::string_view, 5> segments;  // empty: any name
    Operation operation;

    bool is_for(const Route& route) const {
        if (route.segments.size() != segment_count) return false;
        for (std::size_t i = 0; i < segment_count; ++i) {
            if (!segments[i].empty() && segments[i] != route.segments[i]) return false;
        }
        return true;
    }
};

constexpr Entry kOperations[] = {
    {"POST", 2, {"topics", ""}, produce_to_topic},
    {"POST", 4, {"topics", "", "partitions", ""}, produce_to_partition},
    {"GET", 0, {}, root},
    {"POST", 0, {}, root},
    {"GET", 1, {"topics"}, list_topics},
    {"GET", 2, {"topics", ""}, describe_topic},
    {"GET", 3, {"topics", "", "partitions"}, list_partitions},
    {"GET", 4, {"topics", "", "partitions", ""}, describe_partition},
    {"GET", 5, {"topics", "", "partitions", "", "offsets"}, partition_offsets},
    {"GET", 1, {"brokers"}, list_brokers},
};

}  // namespace

Found find_operation(std::string_view method, const Route& route) {
    Found found;
    for (const Entry& entry : kOperations) {
        if (!entry.is_for(route)) continue;
        if (entry.method == method) return {.operation = entry.operation};
        if (!found.allowed.empty()) found.allowed += ", ";
        found.allowed += entry.method;
    }
    return found;
}

}  // namespace pinflow::gateway::rest_proxy
