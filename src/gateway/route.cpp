// SPDX-License-Identifier: Apache-2.0
#include "gateway/route.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace pinflow::gateway {
namespace {

constexpr std::array<std::string_view, 5> kRootWords = {"topics", "consumers", "brokers", "v3",
                                                        "streams"};

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool is_hidden(char c) {
    auto byte = static_cast<unsigned char>(c);
    return c == '/' || c == '\\' || byte < 0x20 || byte == 0x7F;
}

Result<std::string> decode_segment(std::string_view raw) {
    auto segment = percent_decode(raw);
    if (!segment) return fail(Errc::invalid_argument, "the path has a broken % escape");
    if (std::ranges::any_of(*segment, is_hidden)) {
        return fail(Errc::invalid_argument,
                    "the path hides a slash, a backslash or a control character in a name");
    }
    if (*segment == "." || *segment == "..") {
        return fail(Errc::invalid_argument, "the path has a \"" + *segment + "\" in it");
    }
    return *std::move(segment);
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text) {
    if (text.find('%') == std::string_view::npos) return std::string(text);
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded.push_back(text[i]);
            continue;
        }
        if (i + 2 >= text.size()) return std::nullopt;
        int high = hex_digit(text[i + 1]);
        int low = hex_digit(text[i + 2]);
        if (high < 0 || low < 0) return std::nullopt;
        decoded.push_back(static_cast<char>(high * 16 + low));
        i += 2;
    }
    return decoded;
}

Result<Route> parse_route(std::string_view target) {
    Route route;
    std::size_t question = target.find('?');
    if (question != std::string_view::npos) route.query = target.substr(question + 1);
    std::string_view path = target.substr(0, question);
    route.segments.reserve(4);
    while (!path.empty()) {
        std::string_view raw = path.substr(0, path.find('/'));
        path.remove_prefix(std::min(raw.size() + 1, path.size()));
        if (raw.empty()) continue;
        TRY(std::string segment, decode_segment(raw));
        route.segments.push_back(std::move(segment));
    }
    bool is_root = route.segments.empty() ||
                   std::ranges::find(kRootWords, route.segments.front()) != kRootWords.end();
    if (!is_root) {
        route.stage = std::move(route.segments.front());
        route.segments.erase(route.segments.begin());
    }
    return route;
}

std::string Route::path() const { return "/" + join(segments, "/"); }

std::optional<std::string> Route::parameter(std::string_view name) const {
    if (query.empty()) return std::nullopt;
    for (std::string_view pair : split(query, '&')) {
        std::size_t equals = pair.find('=');
        if (percent_decode(pair.substr(0, equals)) != name) continue;
        if (equals == std::string_view::npos) return std::string();
        return percent_decode(pair.substr(equals + 1));
    }
    return std::nullopt;
}

}  // namespace pinflow::gateway
