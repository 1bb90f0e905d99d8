// SPDX-License-Identifier: Apache-2.0
// JsonReader's strings: UTF-8 checked, escapes resolved.
#include "codec/json/escape.h"
#include "codec/json/reader.h"
#include "codec/json/utf8.h"

namespace pinflow::json {
namespace {

constexpr bool is_high_surrogate(char32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
constexpr bool is_low_surrogate(char32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

void append_character(std::string& out, char32_t code_point, bool escaped) {
    bool needs_escape = code_point < 0x20 || code_point == '"' || code_point == '\\';
    if (escaped && needs_escape) {
        append_ascii_escape(out, static_cast<char>(code_point));
    } else {
        append_utf8(out, code_point);
    }
}

}  // namespace

bool JsonReader::scan_string(std::string& out, bool escaped) {
    if (!take('"')) return refuse("expected a string");
    if (escaped) out.push_back('"');
    for (;;) {
        std::size_t end = plain_run_end(text_, at_);
        out.append(text_, at_, end - at_);
        at_ = end;
        if (at_ == text_.size()) return refuse("the text ends within a string");
        unsigned char c = static_cast<unsigned char>(text_[at_]);
        if (c == '"') break;
        if (c < 0x20) return refuse("a control character in a string must be escaped");
        if (c == '\\') {
            if (!scan_escape(out, escaped)) return false;
            continue;
        }
        std::size_t bytes = utf8_sequence_bytes(text_.substr(at_));
        if (bytes == 0) return refuse("not UTF-8");
        out.append(text_, at_, bytes);
        at_ += bytes;
    }
    ++at_;
    if (escaped) out.push_back('"');
    return true;
}

bool JsonReader::scan_escape(std::string& out, bool escaped) {
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (at_ + 1 == text_.size()) return refuse("the text ends within a string");
    char letter = text_[at_ + 1];
    char32_t code_point = 0;
    if (letter == 'u') {
        if (!scan_unicode_escape(code_point)) return false;
    } else {
        std::size_t which = kLetters.find(letter);
        if (which == std::string_view::npos) return refuse("no such escape");
        code_point = static_cast<unsigned char>(kMeanings[which]);
        at_ += 2;
    }
    append_character(out, code_point, escaped);
    return true;
}

bool JsonReader::scan_unicode_escape(char32_t& code_point) {
    std::size_t begin = at_;
    unsigned unit = 0;
    if (!scan_unit(unit)) return false;
    code_point = unit;
    if (is_low_surrogate(unit)) return refuse_at(begin, "half of a surrogate pair");
    if (!is_high_surrogate(unit)) return true;
    unsigned low = 0;
    if (!text_.substr(at_).starts_with("\\u")) return refuse_at(begin, "half of a surrogate pair");
    if (!scan_unit(low)) return false;
    if (!is_low_surrogate(low)) return refuse_at(begin, "half of a surrogate pair");
    code_point = 0x10000 + ((unit - 0xD800) << 10 | (low - 0xDC00));
    return true;
}

// The four digits of an escape at `at_`, which stands on its backslash.
bool JsonReader::scan_unit(unsigned& unit) {
    constexpr std::size_t kEscapeBytes = 6;
    if (text_.size() - at_ < kEscapeBytes) return refuse("\\u needs four hexadecimal digits");
    unit = 0;
    for (std::size_t i = 2; i < kEscapeBytes; ++i) {
        int digit = hex_digit(text_[at_ + i]);
        if (digit < 0) return refuse("\\u needs four hexadecimal digits");
        unit = unit << 4 | static_cast<unsigned>(digit);
    }
    at_ += kEscapeBytes;
    return true;
}

}  // namespace pinflow::json
