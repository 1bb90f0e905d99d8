// SPDX-License-Identifier: Apache-2.0
// The bodies that clients send to an API Gateway in front of Kinesis, and what its customary
// mapping templates make of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pinflow::kinesis {

struct PutBody {
    std::optional<std::string> data;  // the bytes to store; nothing: the body had none
    std::string partition_key;        // empty: it had none
};

// {"StreamName":.., "Data":.., "PartitionKey":..}: Data becomes $input.json('$.Data'), that is the
// minified JSON text of whatever stands there: an object's text, a string with its quotes. The
// StreamName is not read: the path has it. invalid_argument: no JSON object.
Result<PutBody> parse_put_record(std::string_view body);

// {"records":[{"data":.., "partition-key":..}]} or {"Records":[{"Data":.., "PartitionKey":..}]}: a
// string is stored as it is, without quotes, as $elem.data gives it; anything else as JSON text
// (where AWS's template would print a Java map). Nothing: the body had no such list.
Result<std::optional<std::vector<PutBody>>> parse_put_records(std::string_view body);

// $input.path('$.ShardCount'): nothing if absent, null or empty. A number or digits in a string.
Result<std::optional<std::int64_t>> parse_shard_count(std::string_view body);

}  // namespace pinflow::kinesis
