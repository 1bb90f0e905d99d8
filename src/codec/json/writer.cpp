// SPDX-License-Identifier: Apache-2.0
#include "codec/json/writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "codec/json/escape.h"
#include "codec/json/utf8.h"

namespace pinflow::json {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// One sequence outside ASCII at text[at]; returns where the next begins.
std::size_t append_non_ascii(std::string& out, std::string_view text, std::size_t at, bool escape) {
    std::size_t bytes = utf8_sequence_bytes(text.substr(at));
    std::string_view sequence = bytes == 0 ? kReplacement : text.substr(at, bytes);
    if (escape) {
        append_code_point_escape(out, utf8_code_point(sequence));
    } else {
        out.append(sequence);
    }
    return at + (bytes == 0 ? 1 : bytes);
}

}  // namespace

void append_string(std::string& out, std::string_view text, bool escape_non_ascii) {
    constexpr char kDelete = 0x7F;  // json.dumps escapes it when it escapes non-ASCII
    out.push_back('"');
    std::size_t at = 0;
    while (at < text.size()) {
        std::size_t end = plain_run_end(text, at);
        if (escape_non_ascii) end = std::min(end, text.find(kDelete, at));
        out.append(text, at, end - at);
        if (end == text.size()) break;
        char c = text[end];
        if (static_cast<unsigned char>(c) >= 0x80) {
            at = append_non_ascii(out, text, end, escape_non_ascii);
        } else {
            append_ascii_escape(out, c);
            at = end + 1;
        }
    }
    out.push_back('"');
}

void JsonWriter::separate() {
    if (needs_comma_) text_.append(options_.spaced ? ", " : ",");
    needs_comma_ = true;
}

JsonWriter& JsonWriter::open(char bracket) {
    separate();
    text_.push_back(bracket);
    needs_comma_ = false;
    ++depth_;
    return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
    CHECK(depth_ > 0, "more ends than begins");
    text_.push_back(bracket);
    needs_comma_ = true;
    --depth_;
    return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
    separate();
    append_string(text_, name, options_.escape_non_ascii);
    text_.append(options_.spaced ? ": " : ":");
    needs_comma_ = false;
    return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
    separate();
    append_string(text_, text, options_.escape_non_ascii);
    return *this;
}

JsonWriter& JsonWriter::value(double number) {
    constexpr double kExactMax = 9'007'199'254'740'992.0;  // 2^53
    if (!std::isfinite(number)) return null();
    bool is_whole = std::trunc(number) == number;
    if (options_.whole_doubles_as_integers && is_whole && std::abs(number) <= kExactMax) {
        return integer(static_cast<std::int64_t>(number));
    }
    // fmt's own form is Python's repr (exponent below 1e-4 and from 1e16 on), but for the ".0".
    std::string text = fmt::format("{}", number);
    if (text.find_first_of(".e") == std::string::npos) text += ".0";
    return raw(text);
}

JsonWriter& JsonWriter::integer(std::int64_t number) {
    return raw(fmt::format_int(number).c_str());
}

JsonWriter& JsonWriter::unsigned_integer(std::uint64_t number) {
    return raw(fmt::format_int(number).c_str());
}

JsonWriter& JsonWriter::raw(std::string_view json) {
    separate();
    text_.append(json);
    return *this;
}

std::string JsonWriter::take() && {
    CHECK(depth_ == 0, "an object or array was not ended");
    return std::move(text_);
}

}  // namespace pinflow::json
