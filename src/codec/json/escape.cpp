// SPDX-License-Identifier: Apache-2.0
#include "codec/json/escape.h"

#include <string_view>

namespace pinflow::json {
namespace {

void append_unit(std::string& out, unsigned unit) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    out.append("\\u");
    for (int shift : {12, 8, 4, 0}) out.push_back(kDigits[unit >> shift & 0xF]);
}

}  // namespace

void append_ascii_escape(std::string& out, char c) {
    switch (c) {
        case '"': out.append("\\\""); break;
        case '\\': out.append("\\\\"); break;
        case '\b': out.append("\\b"); break;
        case '\f': out.append("\\f"); break;
        case '\n': out.append("\\n"); break;
        case '\r': out.append("\\r"); break;
        case '\t': out.append("\\t"); break;
        default: append_unit(out, static_cast<unsigned char>(c));
    }
}

void append_code_point_escape(std::string& out, char32_t code_point) {
    if (code_point < 0x10000) return append_unit(out, static_cast<unsigned>(code_point));
    auto above = static_cast<unsigned>(code_point - 0x10000);
    append_unit(out, 0xD800 + (above >> 10));
    append_unit(out, 0xDC00 + (above & 0x3FF));
}

}  // namespace pinflow::json
