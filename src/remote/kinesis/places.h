// SPDX-License-Identifier: Apache-2.0
// What is remembered of the places where readers stand. Only a saving: whatever is forgotten here
// is asked of AWS again, by the reader's own token.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "ports/shard_stream.h"

namespace pinflow::kinesis {

// Records already read stand before what the iterator gives.
struct Place {
    std::string iterator;  // empty: the shard ends behind `ahead`
    std::int64_t made_us = 0;
    std::vector<ShardRecord> ahead;
    std::int64_t behind_ms = 0;  // as AWS said of what comes behind `ahead`
    bool is_remembered = false;  // an iterator that came from here may be refused: ask for another
};

struct PlaceKey {
    std::string stream;
    std::string shard;
    std::string token;
    auto operator<=>(const PlaceKey&) const = default;
};

class Places final {
public:
    // Taken away: two readers do not use one iterator. Nothing if it is unknown or too old.
    std::optional<Place> take(const PlaceKey& key, std::int64_t now_us);
    void put(PlaceKey key, Place place);
    bool has(const PlaceKey& key, std::int64_t now_us);

    // A stream that was made anew has nothing in common with the one before.
    void forget(const std::string& stream);
    void note_created(const std::string& stream, Timestamp created_ms);

private:
    void drop(std::map<PlaceKey, Place>::iterator at);
    void make_room(std::int64_t now_us);

    std::mutex mutex_;
    std::map<PlaceKey, Place> places_;
    std::size_t ahead_bytes_ = 0;
    std::map<std::string, Timestamp> created_ms_;
};

}  // namespace pinflow::kinesis
