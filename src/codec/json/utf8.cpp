// SPDX-License-Identifier: Apache-2.0
#include "codec/json/utf8.h"

namespace pinflow::json {
std::size_t utf8_sequence_bytes(std::string_view text) {
    auto byte = [&](std::size_t i) -> unsigned {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
    };
    auto is_between = [](unsigned b, unsigned low, unsigned high) { return b >= low && b <= high; };
    auto is_tail = [&](std::size_t i) { return is_between(byte(i), 0x80, 0xBF); };
    unsigned lead = byte(0);
    if (text.empty()) return 0;
    if (lead < 0x80) return 1;
    if (is_between(lead, 0xC2, 0xDF)) return is_tail(1) ? 2 : 0;
    if (is_between(lead, 0xE0, 0xEF)) {
        unsigned low = lead == 0xE0 ? 0xA0 : 0x80;
        unsigned high = lead == 0xED ? 0x9F : 0xBF;
        return is_between(byte(1), low, high) && is_tail(2) ? 3 : 0;
    }
    if (is_between(lead, 0xF0, 0xF4)) {
        unsigned low = lead == 0xF0 ? 0x90 : 0x80;
        unsigned high = lead == 0xF4 ? 0x8F : 0xBF;
        return is_between(byte(1), low, high) && is_tail(2) && is_tail(3) ? 4 : 0;
    }
    return 0;
}

char32_t utf8_code_point(std::string_view sequence) {
    auto tail = [&](std::size_t i) {
        return static_cast<char32_t>(static_cast<unsigned char>(sequence[i]) & 0x3F);
    };
    char32_t lead = static_cast<unsigned char>(sequence[0]);
    switch (sequence.size()) {
        case 1: return lead;
        case 2: return (lead & 0x1F) << 6 | tail(1);
        case 3: return (lead & 0x0F) << 12 | tail(1) << 6 | tail(2);
        default: return (lead & 0x07) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3);
    }
}

void append_utf8(std::string& out, char32_t code_point) {
    auto put = [&](char32_t byte) { out.push_back(static_cast<char>(byte)); };
    if (code_point < 0x80) {
        put(code_point);
    } else if (code_point < 0x800) {
        put(0xC0 | code_point >> 6);
        put(0x80 | (code_point & 0x3F));
    } else if (code_point < 0x10000) {
        put(0xE0 | code_point >> 12);
        put(0x80 | (code_point >> 6 & 0x3F));
        put(0x80 | (code_point & 0x3F));
    } else {
        put(0xF0 | code_point >> 18);
        put(0x80 | (code_point >> 12 & 0x3F));
        put(0x80 | (code_point >> 6 & 0x3F));
        put(0x80 | (code_point & 0x3F));
    }
}

}  // namespace pinflow::json
