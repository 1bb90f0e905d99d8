// SPDX-License-Identifier: Apache-2.0
// Which appends had an idempotency key, and where their records went.
#pragma once

#include <array>
#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <deque>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "record/record.h"

namespace pinflow::eventlog {

// A day, as Stripe keeps its keys at least; promised in ports/event_log.h.
constexpr std::int64_t kKeyKeptMs = 24LL * 60 * 60 * 1'000;
// Of the whole log: at about 140 bytes each, 28 MB.
constexpr std::size_t kKeysMax = 200'000;

using KeyHash = std::array<std::uint8_t, 16>;

struct KeyPlacement {
    std::uint64_t partition_id = 0;
    Offset base_offset = 0;
    std::int32_t record_count = 0;
    bool operator==(const KeyPlacement&) const = default;
};

// One a batch, in the request's order. Most requests have one: it takes no memory of its own.
using KeyPlacements = boost::container::small_vector<KeyPlacement, 1>;

struct KeyEntry {
    KeyHash hash{};
    std::uint64_t fingerprint = 0;
    Timestamp append_time_ms = 0;
    KeyPlacements placements;
    bool operator==(const KeyEntry&) const = default;
};

// The committer's thread only.
class KeyTable {
public:
    // The first half of the SHA-256 of the key's text.
    static KeyHash hash_of(std::string_view key);

    // What list() gave.
    static KeyTable restore(std::vector<KeyEntry> entries);

    // Null: unknown, or kept for its time. Good until the table changes.
    const KeyEntry* find(const KeyHash& hash, Timestamp now_ms) const;

    // Takes the place of one that is over its time. Over the bound the oldest is forgotten. One
    // without placements stored nothing and is not kept.
    void note(KeyEntry entry);

    // A journal gives the batches of one request one after the other, all with one time: the first
    // makes the entry, the others add to it.
    void add_placement(const KeyHash& hash, std::uint64_t fingerprint, Timestamp append_time_ms,
                       const KeyPlacement& placement);

    // Drops what find() would not give any more.
    void expire(Timestamp now_ms);

    std::vector<KeyEntry> list() const;  // in the order in which they were noted
    std::size_t size() const { return number_of_.size(); }
    // Since the table was made: keys dropped within their time, for whom a repeat would be new.
    std::int64_t forgotten() const { return forgotten_; }

private:
    struct HashOfHash {  // its bytes are as good as random
        std::size_t operator()(const KeyHash& hash) const noexcept;
    };

    void drop_oldest();

    std::deque<KeyEntry> entries_;  // numbered from first_number_ on
    std::uint64_t first_number_ = 0;
    std::unordered_map<KeyHash, std::uint64_t, HashOfHash> number_of_;
    std::int64_t forgotten_ = 0;
};

}  // namespace pinflow::eventlog
