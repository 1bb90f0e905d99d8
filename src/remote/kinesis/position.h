// SPDX-License-Identifier: Apache-2.0
// What our tokens of ShardPosition say. Shard iterators live for five minutes, so they are none.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "ports/shard_stream.h"

namespace pinflow::kinesis {

struct Position {
    enum class Kind : std::uint8_t {
        horizon,  // "horizon"
        at,       // "at:<sequence number>"
        after,    // "after:<sequence number>"
        time,     // "time:<milliseconds>"
        latest,   // "latest:<milliseconds>:<random>": the tip at that time
        end,      // "end": of a closed shard
    };
    Kind kind = Kind::horizon;
    std::string sequence_number;
    Timestamp time_ms = 0;
    // Two tips of one second are two places, so that a shard iterator kept for the one does not
    // serve the other.
    std::uint64_t mark = 0;
};

ShardPosition token_of(const Position& position);
Result<Position> parse_position(const ShardPosition& token);  // invalid_argument

bool is_sequence_number(std::string_view text);  // 1 to 128 digits

// The body of a GetShardIterator request; for any position but an end. After a restart the tip of
// a time is found by that time.
std::string iterator_request(std::string_view stream, std::string_view shard,
                             const Position& position);
// The tip of now.
std::string latest_iterator_request(std::string_view stream, std::string_view shard);

}  // namespace pinflow::kinesis
