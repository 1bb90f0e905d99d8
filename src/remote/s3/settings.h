// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "codec/sigv4/signer.h"

namespace pinflow::s3 {

enum class AddressStyle : std::uint8_t {
    automatic,  // path for an address or a name without a dot, and for a bucket that is no host
                // name; else host
    host,       // https://bucket.s3.eu-west-1.amazonaws.com/key
    path,       // http://127.0.0.1:7070/bucket/key
};

struct S3Settings {
    std::string endpoint;  // "https://host:port"; empty: AWS's for the region
    std::string region;    // empty: us-east-1 where there is an endpoint, else an error
    std::string bucket;
    std::string prefix;  // "team/posts": every key lies below it; empty: the whole bucket
    AddressStyle style = AddressStyle::automatic;
    std::string ca_file;  // PEM, for https; empty: the system's
    std::chrono::milliseconds connect_timeout{5'000};
    std::chrono::milliseconds request_timeout{60'000};  // of one try; at most a part travels in it
    std::size_t connections_max = 16;                   // more calls than these wait for one
    // Objects' ETags are the MD5 of their bytes, as S3's are. False for a store whose are not.
    bool verify_etags = true;

    // Asked anew for every try, from any thread; quick. No access key: requests go unsigned.
    std::function<Result<sigv4::Credentials>()> credentials;
    std::stop_token stop;  // cuts requests and waits: `cancelled`
    // Waits between tries; false: stopped. Empty: for real.
    std::function<bool(std::chrono::milliseconds)> wait;
};

// Waits, and their number.
inline constexpr int kTriesMax = 8;
inline constexpr std::chrono::milliseconds kPatience{90'000};  // no try begins later than that
inline constexpr std::chrono::milliseconds kWaitFirst{100};
inline constexpr std::chrono::milliseconds kWaitMax{5'000};
inline constexpr std::chrono::milliseconds kRetryAfterMax{30'000};  // of what a server asks for

// Sizes: what is in memory for one call is at most kPartsAtOnce parts.
inline constexpr std::uint64_t kPartBytes = 8 << 20;      // S3 wants 5 MiB at least
inline constexpr std::uint64_t kSinglePutMax = 16 << 20;  // above: in parts
inline constexpr std::uint64_t kPartsMax = 10'000;        // S3's limit; larger files, larger parts
inline constexpr std::size_t kPartsAtOnce = 4;
inline constexpr std::uint64_t kPieceBytes = 16 << 20;     // of a get
inline constexpr std::uint64_t kGetBytesMax = 2ULL << 30;  // more in one string: too_large

}  // namespace pinflow::s3
