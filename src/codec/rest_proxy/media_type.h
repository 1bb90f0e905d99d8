// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "codec/rest_proxy/produce.h"

namespace pinflow::rest_proxy {

constexpr std::string_view kContentType = "application/vnd.kafka.v2+json";

// The embedded format that a Content-Type asks for; nothing for types that are not taken (415).
// Without an embedded format it is binary. Parameters ("; charset=utf-8") are ignored.
std::optional<Embedded> embedded_format(std::string_view content_type);

// Whether an Accept header allows our answers. Wider than Confluent's: application/json and every
// Kafka v2 type do as well, for what we send is both.
bool is_acceptable(std::string_view accept);

}  // namespace pinflow::rest_proxy
