// SPDX-License-Identifier: Apache-2.0
#include "remote/kinesis/names.h"

#include <algorithm>

namespace pinflow::kinesis {
namespace {

constexpr std::size_t kNameBytesMax = 128;

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
}

}  // namespace

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= kNameBytesMax &&
           std::ranges::all_of(text, is_name_character);
}

}  // namespace pinflow::kinesis
