// SPDX-License-Identifier: Apache-2.0
#include "gateway/rest_proxy/partition_choice.h"

namespace pinflow::gateway::rest_proxy {

std::int32_t murmur2(std::string_view bytes) {
    constexpr std::uint32_t kSeed = 0x9747b28c;
    constexpr std::uint32_t kM = 0x5bd1e995;
    auto byte = [&](std::size_t i) { return std::uint32_t{static_cast<unsigned char>(bytes[i])}; };
    std::uint32_t hash = kSeed ^ static_cast<std::uint32_t>(bytes.size());
    std::size_t at = 0;
    for (; at + 4 <= bytes.size(); at += 4) {
        std::uint32_t k = byte(at) | byte(at + 1) << 8 | byte(at + 2) << 16 | byte(at + 3) << 24;
        k *= kM;
        k ^= k >> 24;
        hash = (hash * kM) ^ (k * kM);
    }
    std::size_t tail = bytes.size() - at;
    if (tail > 2) hash ^= byte(at + 2) << 16;
    if (tail > 1) hash ^= byte(at + 1) << 8;
    if (tail > 0) hash = (hash ^ byte(at)) * kM;
    hash ^= hash >> 13;
    hash *= kM;
    hash ^= hash >> 15;
    return static_cast<std::int32_t>(hash);
}

std::int32_t partition_of_key(std::string_view key, std::int32_t partitions) {
    return (murmur2(key) & 0x7fffffff) % partitions;
}

}  // namespace pinflow::gateway::rest_proxy
