// SPDX-License-Identifier: Apache-2.0
// JSON's scalar tokens, by their text.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pinflow::records {

enum class TokenKind { invalid, null, boolean, integer, real };

// What a token that is neither a string nor a container is. Beside JSON's own grammar the bare
// words that Jackson lets through as numbers are real: NaN, Infinity and INF with a sign.
TokenKind classify(std::string_view token);

// The value of an integer token, if 64 bits hold it.
std::optional<std::int64_t> whole_number(std::string_view token);

// The nearest double of an integer or real token; beyond the range it is an infinity or zero.
double real_number(std::string_view token);

// The texts that Spark's reader takes for a double: "NaN", "Infinity", "+INF" and the like.
std::optional<double> named_real(std::string_view text);

}  // namespace pinflow::records
