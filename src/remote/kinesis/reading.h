// SPDX-License-Identifier: Apache-2.0
// Positions and reads. A token of ours names a sequence number or a time; for each the shard
// iterator that goes on from there is remembered while it lives, and asked anew when it does not.
#pragma once

#include <string>

#include "base/task.h"
#include "ports/shard_stream.h"
#include "remote/kinesis/answers.h"
#include "remote/kinesis/api.h"
#include "remote/kinesis/pace.h"
#include "remote/kinesis/places.h"
#include "remote/kinesis/position.h"

namespace pinflow::kinesis {

// Any reactor.
class Reading final {
public:
    Reading(Api& api, std::chrono::milliseconds idle_interval)
        : api_(api), idle_us_(std::chrono::microseconds(idle_interval).count()) {}

    // As the port has them.
    Task<Result<ShardPosition>> position(std::string stream, std::string shard, ShardStart start);
    Task<Result<ShardRead>> read(std::string stream, std::string shard, ShardPosition from,
                                 ShardLimits limits);

    Places& places() { return places_; }

private:
    struct Entry {
        Place place;
        Timestamp server_ms = 0;
    };
    Task<Reply<Entry>> enter(const PlaceKey& key, std::string request);
    Task<Result<ShardPosition>> enter_at(std::string stream, std::string shard, Position position);
    Task<Result<ShardPosition>> enter_latest(std::string stream, std::string shard);
    Task<Reply<Place>> place_at(const PlaceKey& key, const Position& position);
    Task<Reply<void>> fetch(const PlaceKey& key, Place& place, const ShardLimits& limits);
    ShardRead serve(const PlaceKey& key, Place place, const ShardLimits& limits);
    Task<Status> await_turn(Pace& pace, const PlaceKey& key);

    Api& api_;
    const std::int64_t idle_us_;
    Places places_;
    Pace reads_{kCallsPerShardAndSecond};
    Pace iterators_{kCallsPerShardAndSecond};
};

}  // namespace pinflow::kinesis
