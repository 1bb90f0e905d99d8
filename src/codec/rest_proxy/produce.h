// SPDX-License-Identifier: Apache-2.0
// Confluent REST Proxy v2's produce request and answer.
#pragma once

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codec/rest_proxy/error.h"
#include "record/record.h"

namespace pinflow::rest_proxy {

enum class Embedded { binary, json };  // the form of keys and values within the JSON

// A record of a request: where it wants to go, and its time if it has one of its own.
struct ProduceRecord {
    std::optional<std::string> key;
    std::optional<std::string> value;
    std::vector<Header> headers;            // our extension: {"name": .., "value": base64}
    std::optional<Timestamp> timestamp_ms;  // our extension: milliseconds since 1970
    std::optional<std::int32_t> partition;
};

// Keys and values become bytes: for json the value's minified text (null is Kafka's null), for
// binary what the base64 text holds. 400 for what is no JSON; 422 for what is no produce request.
std::expected<std::vector<ProduceRecord>, ApiError> parse_produce(std::string_view body,
                                                                  Embedded embedded);

struct ProduceOutcome {
    std::int32_t partition = 0;
    Offset offset = 0;
    int error_code = 0;  // 0: stored
    std::string error;
};

// {"offsets":[..],"key_schema_id":null,"value_schema_id":null}, nulls printed as Confluent does.
std::string produce_answer(std::span<const ProduceOutcome> outcomes);

}  // namespace pinflow::rest_proxy
