// SPDX-License-Identifier: Apache-2.0
#include "eventlog/hash_ranges.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"
#include "base/text.h"

namespace pinflow::eventlog {
namespace {

constexpr HashKey kHashKeyMax = ~HashKey{0};
constexpr std::string_view kShardPrefix = "shardId-";
constexpr std::size_t kShardDigits = 12;

// floor(2^128 / shards) for two shards or more; for one it would not fit.
HashKey width_of(std::int32_t shards) {
    auto count = static_cast<HashKey>(shards);
    return kHashKeyMax / count + (kHashKeyMax % count == count - 1 ? 1 : 0);
}

}  // namespace

HashKey hash_key_of(std::string_view partition_key) {
    HashKey key = 0;
    for (std::uint8_t byte : md5(partition_key)) key = key << 8 | byte;
    return key;
}

Result<HashKey> parse_hash_key(std::string_view decimal) {
    auto bad = [&] {
        return fail(Errc::invalid_argument,
                    fmt::format("'{}' is no hash key from 0 to 2^128-1", decimal));
    };
    if (decimal.empty()) return bad();
    HashKey key = 0;
    for (char c : decimal) {
        if (c < '0' || c > '9') return bad();
        auto digit = static_cast<HashKey>(c - '0');
        if (key > (kHashKeyMax - digit) / 10) return bad();
        key = key * 10 + digit;
    }
    return key;
}

std::string to_decimal(HashKey key) {
    std::string digits;
    do {
        digits.push_back(static_cast<char>('0' + static_cast<int>(key % 10)));
        key /= 10;
    } while (key != 0);
    std::ranges::reverse(digits);
    return digits;
}

HashRange hash_range_of(std::int32_t shard, std::int32_t shards) {
    if (shards == 1) return {0, kHashKeyMax};
    HashKey width = width_of(shards);
    HashKey first = width * static_cast<HashKey>(shard);
    return {first, shard == shards - 1 ? kHashKeyMax : first + width - 1};
}

std::int32_t shard_of(HashKey key, std::int32_t shards) {
    if (shards == 1) return 0;
    return std::min(static_cast<std::int32_t>(key / width_of(shards)), shards - 1);
}

std::string shard_id_of(std::int32_t shard) { return fmt::format("{}{:012}", kShardPrefix, shard); }

Result<std::int32_t> parse_shard_id(std::string_view id) {
    if (id.starts_with(kShardPrefix) && id.size() == kShardPrefix.size() + kShardDigits) {
        auto shard = parse_int(id.substr(kShardPrefix.size()));
        if (shard && *shard >= 0 && *shard <= INT32_MAX) return static_cast<std::int32_t>(*shard);
    }
    return fail(Errc::invalid_argument, fmt::format("'{}' is no shard id", id));
}

}  // namespace pinflow::eventlog
