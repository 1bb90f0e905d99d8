// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "ports/files.h"

namespace pinflow::eventlog {

// Replaces a small file so that a crash leaves the old or the new one whole, durably.
Status replace_file(Files& files, const std::string& directory, const std::string& name,
                    std::string_view bytes);

// not_found if there is none; too_large beyond kSmallFileBytesMax.
Result<std::string> read_small_file(Files& files, const std::string& path);

// Room for a checkpoint of 10,000 partitions and 200,000 keys.
constexpr std::uint64_t kSmallFileBytesMax = 256 << 20;

}  // namespace pinflow::eventlog
