// SPDX-License-Identifier: Apache-2.0
#include "codec/records/tokens.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>

namespace pinflow::records {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t count_digits(std::string_view text, std::size_t from) {
    std::size_t at = from;
    while (at < text.size() && is_digit(text[at])) ++at;
    return at - from;
}

// RFC 8259 section 6: no leading zero, no bare point, at least one digit of an exponent.
TokenKind classify_number(std::string_view token) {
    std::size_t at = token.starts_with('-') ? 1 : 0;
    std::size_t digits = count_digits(token, at);
    if (digits == 0 || (digits > 1 && token[at] == '0')) return TokenKind::invalid;
    at += digits;
    TokenKind kind = TokenKind::integer;
    if (at < token.size() && token[at] == '.') {
        digits = count_digits(token, at + 1);
        if (digits == 0) return TokenKind::invalid;
        at += 1 + digits;
        kind = TokenKind::real;
    }
    if (at < token.size() && (token[at] == 'e' || token[at] == 'E')) {
        ++at;
        if (at < token.size() && (token[at] == '+' || token[at] == '-')) ++at;
        digits = count_digits(token, at);
        if (digits == 0) return TokenKind::invalid;
        at += digits;
        kind = TokenKind::real;
    }
    return at == token.size() ? kind : TokenKind::invalid;
}

}  // namespace

std::optional<double> named_real(std::string_view text) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
    if (text == "Infinity" || text == "+Infinity" || text == "+INF") return kInfinity;
    if (text == "-Infinity" || text == "-INF") return -kInfinity;
    return std::nullopt;
}

TokenKind classify(std::string_view token) {
    if (token.empty()) return TokenKind::invalid;
    if (is_digit(token.front()) ||
        (token.front() == '-' && token.size() > 1 && is_digit(token[1]))) {
        return classify_number(token);
    }
    if (token == "null") return TokenKind::null;
    if (token == "true" || token == "false") return TokenKind::boolean;
    return named_real(token) ? TokenKind::real : TokenKind::invalid;
}

std::optional<std::int64_t> whole_number(std::string_view token) {
    std::int64_t value = 0;
    auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), value);
    if (error != std::errc{} || end != token.data() + token.size()) return std::nullopt;
    return value;
}

double real_number(std::string_view token) {
    if (std::optional<double> named = named_real(token)) return *named;
    double value = 0;
    auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), value);
    if (error != std::errc::result_out_of_range) return value;
    // from_chars does not say on which side it is out; strtod does.
    return std::strtod(std::string(token).c_str(), nullptr);
}

}  // namespace pinflow::records
