// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "codec/json/writer.h"

namespace pinflow::gateway::rest_proxy {

// {"partition":0,"leader":0,"replicas":[..]}
void write_partition(json::JsonWriter& writer, std::int32_t partition);

// A partition's number from a path; nothing unless it is one of `partitions`.
std::optional<std::int32_t> parse_partition(std::string_view text, std::int32_t partitions);

}  // namespace pinflow::gateway::rest_proxy
