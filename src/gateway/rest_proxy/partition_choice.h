// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace pinflow::gateway::rest_proxy {

// The hash of Kafka's Java clients (org.apache.kafka.common.utils.Utils.murmur2, seed 0x9747b28c).
std::int32_t murmur2(std::string_view bytes);

// Where Kafka's default partitioner puts a record with a key, so that both roads agree.
std::int32_t partition_of_key(std::string_view key, std::int32_t partitions);

}  // namespace pinflow::gateway::rest_proxy
