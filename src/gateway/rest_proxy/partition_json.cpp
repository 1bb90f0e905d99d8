// SPDX-License-Identifier: Apache-2.0
#include "gateway/rest_proxy/partition_json.h"

#include "base/text.h"
#include "gateway/rest_proxy/broker.h"

namespace pinflow::gateway::rest_proxy {

void write_partition(json::JsonWriter& writer, std::int32_t partition) {
    writer.begin_object().member("partition", partition).member("leader", kBrokerId);
    writer.key("replicas").begin_array().begin_object();
    writer.member("broker", kBrokerId).member("leader", true).member("in_sync", true);
    writer.end_object().end_array().end_object();
}

std::optional<std::int32_t> parse_partition(std::string_view text, std::int32_t partitions) {
    auto number = parse_int(text);
    if (!number || *number < 0 || *number >= partitions) return std::nullopt;
    return static_cast<std::int32_t>(*number);
}

}  // namespace pinflow::gateway::rest_proxy
