// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pinflow {

// CRC-32C (Castagnoli), the checksum of Kafka's record batches. `seed` continues an earlier value.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed = 0);

std::array<std::uint8_t, 16> md5(std::string_view bytes);
std::array<std::uint8_t, 32> sha256(std::string_view bytes);
std::array<std::uint8_t, 32> hmac_sha256(std::string_view key, std::string_view bytes);

std::string hex(std::string_view bytes);

std::string base64_encode(std::string_view bytes);
// Strict RFC 4648 with padding; anything else is invalid_argument.
Result<std::string> base64_decode(std::string_view text);

// From the system's generator.
std::uint64_t random_u64();
std::string random_uuid();  // version 4, lower case

}  // namespace pinflow
