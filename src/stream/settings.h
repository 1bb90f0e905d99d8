// SPDX-License-Identifier: Apache-2.0
// The stream job's settings, and every bound of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace pinflow::stream {

enum class SourceKind { streams, topics };

struct StreamSettings {
    SourceKind source = SourceKind::streams;
    // A table is committed to at most this often while records keep coming. A record that comes
    // after a pause is committed at once.
    std::int64_t commit_interval_ms = 1'000;

    // New streams and shards are found this soon; those of a shard that was split or merged as soon
    // as it has been read to its end. Over a network it takes longer: kDiscoveryRest.
    std::int64_t discovery_interval_ms = 200;

    // Of the records and rows of a batch together, leased of the byte budget by whoever opens the
    // job and for as long: the doors cannot starve what follows them. One thing may pass it: a
    // batch that was promised when it was larger is read as it was promised.
    std::size_t memory_bytes = kMemoryBytes;

    static constexpr std::size_t kMemoryBytes = 32 << 20;  // more was not tried
    static constexpr std::size_t kMemoryBytesMin = 1 << 20;

    // Of the records of one commit, and one record more. What is decoded of them is held beside.
    std::size_t batch_bytes_max() const { return memory_bytes / 4; }
    std::size_t read_bytes() const { return memory_bytes / 16; }  // asked of a shard at once
};

constexpr std::size_t kBatchRecordsMax = 100'000;

// New records are seen this soon: the second when no table was committed to for a while. An idle
// look costs about 10 microseconds a shard and touches no disk (the native log's ends are in
// memory): 0.3 % of a core for the three streams of four shards of one user. The interval grows
// with the shards, so that looking stays below a twentieth of a core or so.
constexpr std::chrono::microseconds kLookInterval{20'000};
constexpr std::chrono::microseconds kIdleLookInterval{50'000};
constexpr std::int64_t kIdleAfterUs = 10'000'000;
constexpr std::chrono::microseconds kLookCostPerShard{200};

constexpr std::int64_t kRetryFirstUs = 200'000;  // after a failed batch, doubling
constexpr std::int64_t kRetryMostUs = 30'000'000;
constexpr int kDrainAttempts = 3;  // of drain, before it tells the error

// Looking for new streams takes at most one part in so many of the time: a service that is asked
// over a network, and counts the questions (ListStreams: five a second and account), is spared.
constexpr std::int64_t kDiscoveryRest = 50;
constexpr std::int64_t kDiscoveryRestMostUs = 30'000'000;  // however long it took once

constexpr std::size_t kGoneShardsMax = 1'000;  // finished ones no longer listed, remembered

constexpr int kEngineThreads = 1;  // micro-batches are quickest on one (reference: lake, section 5)

}  // namespace pinflow::stream
