// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pinflow {

std::vector<std::string_view> split(std::string_view text, char separator);
std::string join(std::span<const std::string> parts, std::string_view separator);
std::string to_lower(std::string_view text);  // ASCII only
std::string_view trim(std::string_view text);

// The whole text as a decimal integer, or nothing.
std::optional<std::int64_t> parse_int(std::string_view text);

// The known word nearest to a misspelt one, for "did you mean"; nothing if none is near.
std::optional<std::string> nearest_word(std::string_view word, std::span<const std::string> known);

// "500ms", "10s", "5m", "2h", "7d" to milliseconds and "512KiB", "10MiB", "1GiB", "100B" to bytes.
// A number without a unit is refused with a text that names the units.
Result<std::int64_t> parse_duration_ms(std::string_view text);
Result<std::int64_t> parse_size_bytes(std::string_view text);

// 1234567 -> "1,234,567"
std::string with_thousands(std::int64_t number);

// Milliseconds since 1970 as "2026-01-02 03:04:05" UTC.
std::string format_utc(std::int64_t unix_ms);

}  // namespace pinflow
