// SPDX-License-Identifier: Apache-2.0
// The form of the log's small files: a title line, one line an entry, words parted by one space,
// and a last line with the CRC-32C of all before it. For people to read, and for us to trust.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ports/files.h"

namespace pinflow::eventlog {

using Words = std::vector<std::string>;

std::string encode_checked_text(std::string_view title, const std::vector<Words>& lines);
// corrupt, saying why, unless every byte is as it was written.
Result<std::vector<Words>> decode_checked_text(std::string_view title, std::string_view text);

// Replaces a small file so that a crash leaves the old or the new one whole, durably.
Status replace_file(Files& files, const std::string& directory, const std::string& name,
                    std::string_view bytes);
// not_found if there is none; too_large beyond kSmallFileBytesMax.
Result<std::string> read_small_file(Files& files, const std::string& path);

constexpr std::uint64_t kSmallFileBytesMax = 16 << 20;

}  // namespace pinflow::eventlog
