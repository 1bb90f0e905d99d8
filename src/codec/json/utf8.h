// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pinflow::json {

// Bytes of the well-formed UTF-8 sequence at the front of `text`, or 0 (Unicode 15, table 3-7:
// no overlong forms, no surrogates, nothing past U+10FFFF, nothing cut short).
std::size_t utf8_sequence_bytes(std::string_view text);

// The code point of a sequence that utf8_sequence_bytes has measured.
char32_t utf8_code_point(std::string_view sequence);

void append_utf8(std::string& out, char32_t code_point);

// The first position at or after `from` of a byte that wants a closer look within a JSON string: a
// quote, a backslash, a control character or anything outside ASCII. text.size() if there is none.
std::size_t plain_run_end(std::string_view text, std::size_t from);

}  // namespace pinflow::json
