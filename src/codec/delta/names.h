// SPDX-License-Identifier: Apache-2.0
// Names in a Delta log, and paths as the log spells them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pinflow::delta {

inline constexpr std::string_view kLogFolder = "_delta_log";
inline constexpr std::string_view kLastCheckpointName = "_last_checkpoint";

std::string commit_name(std::int64_t version);      // "00000000000000000007.json"
std::string checkpoint_name(std::int64_t version);  // "00000000000000000007.checkpoint.parquet"
std::string checkpoint_part_name(std::int64_t version, std::int64_t part, std::int64_t parts);

// The version of a commit's file name; nothing for any other name.
std::optional<std::int64_t> commit_version(std::string_view name);

// A file's path within the table, percent-encoded as a URI (RFC 2396), and back. corrupt for a
// broken escape.
std::string encode_path(std::string_view path);
Result<std::string> decode_path(std::string_view encoded);

// What `_last_checkpoint` holds.
struct LastCheckpoint {
    std::int64_t version = 0;
    std::int64_t action_count = 0;
    std::int64_t parts = 0;  // 0: one file, checkpoint_name(version)
    bool is_v2 = false;      // of the v2Checkpoint feature: under another name
    bool operator==(const LastCheckpoint&) const = default;
};
std::string write_last_checkpoint(const LastCheckpoint& last);
Result<LastCheckpoint> read_last_checkpoint(std::string_view json);

}  // namespace pinflow::delta
