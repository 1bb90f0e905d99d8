// SPDX-License-Identifier: Apache-2.0
#include "record/http.h"

#include <algorithm>

namespace pinflow {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::optional<std::string_view> HttpRequest::header(std::string_view name) const {
    auto is_same = [](char a, char b) { return lower(a) == lower(b); };
    for (const HttpHeader& header : headers) {
        if (std::ranges::equal(header.name, name, is_same)) return header.value;
    }
    return std::nullopt;
}

}  // namespace pinflow
