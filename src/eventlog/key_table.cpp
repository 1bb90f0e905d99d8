// SPDX-License-Identifier: Apache-2.0
#include "eventlog/key_table.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

#include "base/hash.h"

namespace pinflow::eventlog {
namespace {

// A clock that was put back makes an entry younger, never over its time.
bool is_over(const KeyEntry& entry, Timestamp now_ms) {
    return now_ms >= kKeyKeptMs && entry.append_time_ms <= now_ms - kKeyKeptMs;
}

// One that was replaced stays in the row, without its placements, until its turn to be dropped.
bool is_void(const KeyEntry& entry) { return entry.placements.empty(); }

}  // namespace

std::size_t KeyTable::HashOfHash::operator()(const KeyHash& hash) const noexcept {
    std::size_t value;
    std::memcpy(&value, hash.data(), sizeof value);
    return value;
}

KeyHash KeyTable::hash_of(std::string_view key) {
    auto whole = sha256(key);
    KeyHash half;
    std::copy_n(whole.begin(), half.size(), half.begin());
    return half;
}

KeyTable KeyTable::restore(std::vector<KeyEntry> entries) {
    KeyTable table;
    for (KeyEntry& entry : entries) table.note(std::move(entry));
    return table;
}

const KeyEntry* KeyTable::find(const KeyHash& hash, Timestamp now_ms) const {
    auto found = number_of_.find(hash);
    if (found == number_of_.end()) return nullptr;
    const KeyEntry& entry = entries_[found->second - first_number_];
    return is_over(entry, now_ms) ? nullptr : &entry;
}

void KeyTable::note(KeyEntry entry) {
    if (is_void(entry)) return;
    expire(entry.append_time_ms);
    std::uint64_t number = first_number_ + entries_.size();
    auto [known, is_new] = number_of_.emplace(entry.hash, number);
    if (!is_new) entries_[known->second - first_number_].placements.clear();
    known->second = number;
    entries_.push_back(std::move(entry));
    if (entries_.size() <= kKeysMax) return;
    if (!is_void(entries_.front())) ++forgotten_;
    drop_oldest();
}

// The same key at another time is another request: the one before was forgotten first, even if the
// clock has been put back since and it no longer looks so.
void KeyTable::add_placement(const KeyHash& hash, std::uint64_t fingerprint,
                             Timestamp append_time_ms, const KeyPlacement& placement) {
    auto found = number_of_.find(hash);
    if (found != number_of_.end()) {
        KeyEntry& entry = entries_[found->second - first_number_];
        if (entry.append_time_ms == append_time_ms && entry.fingerprint == fingerprint) {
            entry.placements.push_back(placement);
            return;
        }
    }
    note({.hash = hash,
          .fingerprint = fingerprint,
          .append_time_ms = append_time_ms,
          .placements = {placement}});
}

void KeyTable::expire(Timestamp now_ms) {
    while (!entries_.empty() && is_over(entries_.front(), now_ms)) drop_oldest();
}

std::vector<KeyEntry> KeyTable::list() const {
    std::vector<KeyEntry> listed;
    listed.reserve(size());
    std::ranges::remove_copy_if(entries_, std::back_inserter(listed), is_void);
    return listed;
}

void KeyTable::drop_oldest() {
    if (!is_void(entries_.front())) number_of_.erase(entries_.front().hash);
    entries_.pop_front();
    ++first_number_;
}

}  // namespace pinflow::eventlog
