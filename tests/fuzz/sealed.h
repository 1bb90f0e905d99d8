// SPDX-License-Identifier: Apache-2.0
// Bytes with their CRC made right: no fuzzer finds one by trying, and what stands behind it must be
// read with the same care.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/hash.h"
#include "codec/kafka/record_batch.h"
#include "eventlog/journal_format.h"

namespace pinflow::fuzz {

// The batch at `at`, if its length lies within the bytes. Gives where it ends, or `at`.
inline std::size_t seal_batch(std::string& bytes, std::size_t at) {
    if (bytes.size() < at + kafka::kBatchHeaderBytes) return at;
    auto length = get_at<std::int32_t>(bytes, at + 8);
    if (length < 49) return at;
    std::size_t end = at + kafka::kBatchPrefixBytes + static_cast<std::size_t>(length);
    if (end > bytes.size()) return at;
    put_at(bytes, at + 17, crc32c(std::string_view(bytes).substr(at + 21, end - at - 21)));
    return end;
}

inline void seal_batches(std::string& bytes) {
    for (std::size_t at = 0;;) {
        std::size_t end = seal_batch(bytes, at);
        if (end == at) return;
        at = end;
    }
}

// The journal's group at `at`, if one could be there.
inline void seal_group(std::string& bytes, std::size_t at) {
    if (bytes.size() < at + eventlog::kGroupHeaderBytes) return;
    std::uint64_t used = eventlog::kGroupHeaderBytes + get_at<std::uint32_t>(bytes, at + 32);
    if (used > bytes.size() - at) return;
    std::size_t from = at + eventlog::kGroupCheckedFrom;
    put_at(bytes, at + 4,
           crc32c(std::string_view(bytes).substr(from, used - eventlog::kGroupCheckedFrom)));
}

inline void seal_checkpoint(std::string& bytes) {
    constexpr std::size_t kFrontBytes = 8 + 8 + 4;
    if (bytes.size() < kFrontBytes) return;
    std::string_view body = std::string_view(bytes).substr(kFrontBytes);
    put_at(bytes, 8, static_cast<std::uint64_t>(body.size()));
    put_at(bytes, 16, crc32c(body));
}

inline void seal_index(std::string& bytes) {
    if (bytes.size() < 8) return;
    put_at(bytes, 4, crc32c(std::string_view(bytes).substr(8)));
}

}  // namespace pinflow::fuzz
