// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace pinflow::json {

// Bytes of the well-formed UTF-8 sequence at the front of `text`, or 0 (Unicode 15, table 3-7:
// no overlong forms, no surrogates, nothing past U+10FFFF, nothing cut short).
std::size_t utf8_sequence_bytes(std::string_view text);

// The code point of a sequence that utf8_sequence_bytes has measured.
char32_t utf8_code_point(std::string_view sequence);

void append_utf8(std::string& out, char32_t code_point);

// Flags (high bits) the bytes of a little-endian word that a JSON string cannot hold as they are.
// Only the lowest flag is exact: a borrow may flag bytes above it.
constexpr std::uint64_t flag_special_bytes(std::uint64_t word) {
    constexpr std::uint64_t kOnes = 0x0101010101010101;
    constexpr std::uint64_t kHighs = 0x8080808080808080;
    std::uint64_t quote = word ^ (kOnes * '"');
    std::uint64_t backslash = word ^ (kOnes * '\\');
    std::uint64_t flags = ((word - kOnes * 0x20) & ~word) | ((quote - kOnes) & ~quote) |
                          ((backslash - kOnes) & ~backslash) | word;
    return flags & kHighs;
}

// The first position at or after `from` of a byte that wants a closer look within a JSON string: a
// quote, a backslash, a control character or anything outside ASCII. text.size() if there is none.
inline std::size_t plain_run_end(std::string_view text, std::size_t from) {
    static_assert(std::endian::native == std::endian::little);
    std::size_t at = from;
    for (; at + 8 <= text.size(); at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + at, 8);
        if (std::uint64_t flags = flag_special_bytes(word)) {
            return at + static_cast<std::size_t>(std::countr_zero(flags)) / 8;
        }
    }
    for (; at < text.size(); ++at) {
        auto c = static_cast<unsigned char>(text[at]);
        if (c < 0x20 || c == '"' || c == '\\' || c >= 0x80) break;
    }
    return at;
}

}  // namespace pinflow::json
