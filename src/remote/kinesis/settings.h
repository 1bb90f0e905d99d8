// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "codec/sigv4/signer.h"

namespace pinflow::kinesis {

enum class StreamMode : std::uint8_t {
    provisioned,  // as many shards as asked for
    on_demand,    // AWS chooses the shards, and splits and merges them
};

struct KinesisSettings {
    std::string endpoint;  // "http://127.0.0.1:4566"; empty: https://kinesis.<region>.amazonaws.com
    std::string region;    // of the endpoint; empty: us-east-1 where there is one, else an error
    std::string ca_file;   // PEM; empty: the system's
    std::chrono::milliseconds connect_timeout{3'000};
    std::chrono::milliseconds request_timeout{30'000};  // of one request, whole
    StreamMode new_streams = StreamMode::provisioned;
    // A shard that gave nothing is asked again after this. All readers of a shard share AWS's five
    // reads a second.
    std::chrono::milliseconds idle_read_interval{500};
    // Asked before each request, on any thread; it keeps them fresh.
    std::function<Result<sigv4::Credentials>()> credentials;
};

// Every bound of this folder.
inline constexpr int kThreads = 4;                            // that wait for answers
inline constexpr std::size_t kWaitingMax = 256;               // requests for a thread
inline constexpr std::size_t kWaitingBytesMax = 64u << 20;    // of their bodies
inline constexpr std::size_t kAnswerBytesMax = 40u << 20;     // 10 MiB in base64, 10,000 long keys
inline constexpr std::size_t kReadAheadBytesMax = 32u << 20;  // read, and not yet asked for
inline constexpr std::size_t kPlacesMax = 10'000;             // shard iterators remembered
inline constexpr std::int64_t kIteratorUsedUs = 240'000'000;  // AWS forgets one after 300 s
inline constexpr std::int64_t kCallsPerShardAndSecond = 5;    // GetRecords; GetShardIterator too
inline constexpr std::int64_t kRetryForUs = 10'000'000;       // after it no attempt is begun
inline constexpr std::int64_t kRetryFirstUs = 100'000;        // doubled each time, up to
inline constexpr std::int64_t kRetryMostUs = 2'000'000;       // this; each is drawn below it
inline constexpr std::int64_t kStreamChangeUs = 300'000'000;  // until a stream is there, or gone
inline constexpr std::int64_t kStreamLookFirstUs = 50'000;    // between looks; doubled up to
inline constexpr std::int64_t kStreamLookMostUs = 1'000'000;  // this
inline constexpr int kPagesMax = 1'000;                       // of one list
inline constexpr std::size_t kPutRecordsMax = 500;            // of one request
inline constexpr std::size_t kPutBytesMax = 5u << 20;         // of one request: data and keys
inline constexpr std::size_t kRecordBytesMax = 10u << 20;  // AWS's most, where a stream allows it
inline constexpr std::size_t kKeyCharactersMax = 256;
inline constexpr std::int32_t kShardsMax = 500;

}  // namespace pinflow::kinesis
