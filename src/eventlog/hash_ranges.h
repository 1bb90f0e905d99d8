// SPDX-License-Identifier: Apache-2.0
// Which shard a record belongs to: Kinesis cuts the 128-bit MD5 space into equal ranges.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pinflow::eventlog {

__extension__ using HashKey = unsigned __int128;

// MD5 of the key's bytes as a big-endian number.
HashKey hash_key_of(std::string_view partition_key);

// Decimal digits only, below 2^128; anything else is invalid_argument.
Result<HashKey> parse_hash_key(std::string_view decimal);
std::string to_decimal(HashKey key);

struct HashRange {
    HashKey first = 0;
    HashKey last = 0;  // inclusive
};

// Each is floor(2^128 / shards) wide; the last takes the rest as well.
HashRange hash_range_of(std::int32_t shard, std::int32_t shards);
std::int32_t shard_of(HashKey key, std::int32_t shards);

// "shardId-000000000003"
std::string shard_id_of(std::int32_t shard);
Result<std::int32_t> parse_shard_id(std::string_view id);  // invalid_argument

}  // namespace pinflow::eventlog
