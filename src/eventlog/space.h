// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pinflow::eventlog {

// Topics and streams are named apart: a stream is not seen as a topic, nor the reverse.
enum class Space : std::uint8_t { topics = 0, streams = 1 };

constexpr Space kSpaces[] = {Space::topics, Space::streams};

std::string_view name_of(Space space);  // "topics": the folder's name too
std::string_view noun_of(Space space);  // "topic"

// Of a partition for as long as the log lives: never given to a second one, also when a topic is
// removed and made anew.
using PartitionId = std::uint64_t;

constexpr std::int32_t kPartitionsMax = 10'000;  // of a topic

// What was stored of a topic can be true: nothing is allocated or named before this is known.
// corrupt.
Status check_stored_topic(std::string_view name, std::uint64_t partitions);

// "log/topics/u.pin-0"
std::string partition_directory(const std::string& directory, Space space, std::string_view name,
                                std::int32_t partition);

}  // namespace pinflow::eventlog
