// SPDX-License-Identifier: Apache-2.0
#include "remote/kinesis/pace.h"

#include <algorithm>

#include "remote/kinesis/settings.h"

namespace pinflow::kinesis {
namespace {

constexpr std::int64_t kSecondUs = 1'000'000;

}  // namespace

std::int64_t Pace::take_turn(const std::string& shard, std::int64_t now_us) {
    std::scoped_lock lock(mutex_);
    if (shards_.size() > kPlacesMax) forget_idle(now_us);
    Shard& state = shards_[shard];
    std::int64_t turn_us = std::max(now_us, state.resting_until_us);
    if (!state.turns.empty()) turn_us = std::max(turn_us, state.turns.back());
    if (state.turns.size() == calls_) {
        turn_us = std::max(turn_us, state.turns.front() + kSecondUs);
        state.turns.pop_front();
    }
    state.turns.push_back(turn_us);
    return turn_us;
}

void Pace::rest(const std::string& shard, std::int64_t until_us) {
    std::scoped_lock lock(mutex_);
    std::int64_t& resting_until_us = shards_[shard].resting_until_us;
    resting_until_us = std::max(resting_until_us, until_us);
}

void Pace::forget_idle(std::int64_t now_us) {
    std::erase_if(shards_, [&](const auto& entry) {
        const Shard& shard = entry.second;
        return shard.resting_until_us < now_us &&
               (shard.turns.empty() || shard.turns.back() + kSecondUs < now_us);
    });
}

}  // namespace pinflow::kinesis
