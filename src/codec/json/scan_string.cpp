// SPDX-License-Identifier: Apache-2.0
// JsonReader's strings: UTF-8 checked, escapes resolved.
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

}  // namespace

bool JsonReader::scan_string(std::string& out) {
    if (!take('"')) return refuse("expected a string");
    for (;;) {
        std::size_t begin = at_;
        at_ = plain_run_end(text_, at_);
        if (at_ == text_.size()) return refuse("the text ends within a string");
        char c = text_[at_];
        bool is_escape = c == '\\';
        if (c != '"' && !is_escape && !scan_utf8()) return false;
        out.append(text_, begin, at_ - begin);
        if (c == '"') break;
        if (!is_escape) continue;
        char32_t code_point = 0;
        if (!scan_escape(code_point)) return false;
        append_utf8(out, code_point);
    }
    ++at_;
    return true;
}

// Past one character outside ASCII.
bool JsonReader::scan_utf8() {
    if (static_cast<unsigned char>(text_[at_]) < 0x20) {
        return refuse("a control character in a string must be escaped");
    }
    std::size_t bytes = utf8_sequence_bytes(text_.substr(at_));
    at_ += bytes;
    return bytes > 0 || refuse("not UTF-8");
}

bool JsonReader::scan_escape(char32_t& code_point) {
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (at_ + 1 == text_.size()) return refuse("the text ends within a string");
    if (text_[at_ + 1] == 'u') return scan_unicode_escape(code_point);
    std::size_t which = kLetters.find(text_[at_ + 1]);
    if (which == std::string_view::npos) return refuse("no such escape");
    code_point = static_cast<unsigned char>(kMeanings[which]);
    at_ += 2;
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
