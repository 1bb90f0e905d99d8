// SPDX-License-Identifier: Apache-2.0
// Shards that are split and merged. What a shard was made of is older than all that is in it, so it
// is begun only when its parents have been read to their ends and committed: then the records of a
// key come into the table in their order, whatever shard they went through.
#include <algorithm>

#include "stream/follower.h"

namespace pinflow::stream {

bool Follower::is_listed(const std::string& shard) const {
    return std::ranges::find(info_.shards, shard, &ShardInfo::id) != info_.shards.end();
}

// A shard that retention took, or is about to take.
bool Follower::may_be_gone(const std::string& shard) const {
    auto listed = std::ranges::find(info_.shards, shard, &ShardInfo::id);
    return listed == info_.shards.end() || listed->is_closed();
}

// Nothing can be read any more of a parent that is not listed.
bool Follower::waits_for_parents(const ShardInfo& shard) const {
    return std::ranges::any_of(shard.parents, [&](const std::string& parent) {
        return !state_.finished.contains(parent) && is_listed(parent);
    });
}

std::size_t Follower::finished_count() const {
    if (state_.finished.empty()) return 0;
    return static_cast<std::size_t>(std::ranges::count_if(
        info_.shards, [&](const auto& shard) { return state_.finished.contains(shard.id); }));
}

// Those that are listed must be remembered, or they would be read again; of the others some are, in
// case a list was incomplete. Ids grow: the first are the oldest.
void Follower::note_finished(FollowerState& state, const std::string& shard) const {
    state.finished.insert(shard);
    state.positions.erase(shard);
    auto gone = std::ranges::count_if(state.finished,
                                      [&](const std::string& id) { return !is_listed(id); });
    for (auto at = state.finished.begin();
         gone > static_cast<std::ptrdiff_t>(kGoneShardsMax) && at != state.finished.end();) {
        auto next = std::next(at);
        if (!is_listed(*at)) {
            state.finished.erase(at);
            --gone;
        }
        at = next;
    }
}

// Closed shards that had nothing more to give. No batch carries them, so they are noted alone.
Task<Status> Follower::finish_empty(const std::vector<std::string>& shards) {
    FollowerState next = state_;
    for (const std::string& shard : shards) note_finished(next, shard);
    CO_TRY_STATUS(co_await save(next));
    state_ = std::move(next);
    co_return Status{};
}

}  // namespace pinflow::stream
