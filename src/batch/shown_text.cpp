// SPDX-License-Identifier: Apache-2.0
#include "batch/shown_text.h"

#include <fmt/format.h>

namespace pinflow::batch {
namespace {

struct CodeRange {
    char32_t first, last;
};

// Unicode's combining marks and wide blocks, coarsely (UAX 11): enough to keep columns in line.
constexpr CodeRange kNoWidth[] = {
    {0x300, 0x36F}, {0x200B, 0x200F}, {0x2060, 0x2064}, {0xFE00, 0xFE0F}, {0x1F3FB, 0x1F3FF}};
constexpr CodeRange kWide[] = {{0x1100, 0x115F},   {0x2E80, 0xA4CF},   {0xAC00, 0xD7A3},
                               {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},
                               {0xFFE0, 0xFFE6},   {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF},
                               {0x1F900, 0x1FAFF}, {0x20000, 0x3FFFD}};

template <std::size_t n>
bool is_in(const CodeRange (&ranges)[n], char32_t code) {
    for (CodeRange range : ranges) {
        if (code >= range.first && code <= range.last) return true;
    }
    return false;
}

// Steers a terminal: C0, DEL, C1, and the marks that turn the writing direction.
bool is_control(char32_t code) {
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x202A && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069);
}

}  // namespace

Glyph next_glyph(std::string_view utf8) {
    auto lead = static_cast<unsigned char>(utf8.front());
    std::size_t bytes = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (bytes > utf8.size() || (lead >= 0x80 && lead < 0xC2))
        return {.bytes = 1, .code = 0xFFFD, .width = 1};
    auto code = static_cast<char32_t>(bytes == 1 ? lead : lead & (0x7F >> bytes));
    for (std::size_t at = 1; at < bytes; ++at) {
        code = (code << 6) | (static_cast<unsigned char>(utf8[at]) & 0x3FU);
    }
    std::size_t width = is_in(kNoWidth, code) ? 0 : is_in(kWide, code) ? 2 : 1;
    return {.bytes = bytes, .code = code, .width = width};
}

std::string without_controls(std::string_view utf8) {
    std::string out;
    while (!utf8.empty()) {
        Glyph glyph = next_glyph(utf8);
        if (glyph.code == '\n') {
            out += "\\n";
        } else if (glyph.code == '\t') {
            out += "\\t";
        } else if (is_control(glyph.code)) {
            out += fmt::format("\\u{:04x}", static_cast<unsigned>(glyph.code));
        } else {
            out += utf8.substr(0, glyph.bytes);
        }
        utf8.remove_prefix(glyph.bytes);
    }
    return out;
}

std::size_t shown_width(std::string_view utf8) {
    std::size_t width = 0;
    while (!utf8.empty()) {
        Glyph glyph = next_glyph(utf8);
        width += glyph.width;
        utf8.remove_prefix(glyph.bytes);
    }
    return width;
}

std::string cut_to_width(std::string_view utf8, std::size_t width, std::string_view mark) {
    if (shown_width(utf8) <= width) return std::string(utf8);
    std::size_t room = width - std::min(width, shown_width(mark));
    std::string out;
    std::size_t used = 0;
    while (!utf8.empty()) {
        Glyph glyph = next_glyph(utf8);
        if (used + glyph.width > room) break;
        out += utf8.substr(0, glyph.bytes);
        used += glyph.width;
        utf8.remove_prefix(glyph.bytes);
    }
    return out + std::string(mark);
}

}  // namespace pinflow::batch
