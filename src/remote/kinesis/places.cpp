// SPDX-License-Identifier: Apache-2.0
#include "remote/kinesis/places.h"

#include "remote/kinesis/settings.h"

namespace pinflow::kinesis {
namespace {

std::size_t bytes_of(const Place& place) {
    std::size_t bytes = 0;
    for (const ShardRecord& record : place.ahead) {
        bytes += sizeof record + record.data.size() + record.partition_key.size();
    }
    return bytes;
}

bool is_stale(const Place& place, std::int64_t now_us) {
    return now_us - place.made_us > kIteratorUsedUs;
}

}  // namespace

std::optional<Place> Places::take(const PlaceKey& key, std::int64_t now_us) {
    std::scoped_lock lock(mutex_);
    auto found = places_.find(key);
    if (found == places_.end()) return std::nullopt;
    bool is_usable = !is_stale(found->second, now_us);
    ahead_bytes_ -= bytes_of(found->second);
    Place place = std::move(found->second);
    places_.erase(found);
    if (!is_usable) return std::nullopt;
    place.is_remembered = true;
    return place;
}

void Places::put(PlaceKey key, Place place) {
    std::scoped_lock lock(mutex_);
    make_room(place.made_us);
    auto known = places_.find(key);
    if (known != places_.end()) drop(known);
    std::size_t bytes = bytes_of(place);
    if (ahead_bytes_ + bytes > kReadAheadBytesMax) return;
    ahead_bytes_ += bytes;
    places_.emplace(std::move(key), std::move(place));
}

bool Places::has(const PlaceKey& key, std::int64_t now_us) {
    std::scoped_lock lock(mutex_);
    auto found = places_.find(key);
    return found != places_.end() && !is_stale(found->second, now_us);
}

void Places::forget(const std::string& stream) {
    std::scoped_lock lock(mutex_);
    auto first = places_.lower_bound({stream, "", ""});
    while (first != places_.end() && first->first.stream == stream) drop(first++);
}

void Places::note_created(const std::string& stream, Timestamp created_ms) {
    bool is_another = false;
    {
        std::scoped_lock lock(mutex_);
        if (created_ms_.size() > kPlacesMax) created_ms_.clear();
        auto [known, is_new] = created_ms_.try_emplace(stream, created_ms);
        is_another = !is_new && known->second != created_ms;
        known->second = created_ms;
    }
    if (is_another) forget(stream);
}

void Places::drop(std::map<PlaceKey, Place>::iterator at) {
    ahead_bytes_ -= bytes_of(at->second);
    places_.erase(at);
}

void Places::make_room(std::int64_t now_us) {
    if (places_.size() < kPlacesMax && ahead_bytes_ < kReadAheadBytesMax / 2) return;
    for (auto at = places_.begin(); at != places_.end();) {
        auto next = std::next(at);
        if (is_stale(at->second, now_us)) drop(at);
        at = next;
    }
    if (places_.size() < kPlacesMax) return;
    places_.clear();
    ahead_bytes_ = 0;
}

}  // namespace pinflow::kinesis
