// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>

namespace pinflow::kinesis {

// When a shard may be asked next: at most `calls` in any second, and not while it rests. Whoever
// asks is given a turn and comes then; turns are given in order. Any thread.
class Pace final {
public:
    explicit Pace(std::int64_t calls) : calls_(static_cast<std::size_t>(calls)) {}

    // The time of the caller's turn, now or later. `shard` is "stream/shardId-…".
    std::int64_t take_turn(const std::string& shard, std::int64_t now_us);

    // No turns before that.
    void rest(const std::string& shard, std::int64_t until_us);

private:
    struct Shard {
        std::deque<std::int64_t> turns;  // the last ones given
        std::int64_t resting_until_us = 0;
    };
    void forget_idle(std::int64_t now_us);

    const std::size_t calls_;
    std::mutex mutex_;
    std::map<std::string, Shard> shards_;
};

}  // namespace pinflow::kinesis
