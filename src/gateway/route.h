// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pinflow::gateway {

// A request's target, taken apart once; everything after goes by this form alone, so no two parts
// of the program can see two paths in one.
struct Route {
    std::string stage;                  // empty at the root
    std::vector<std::string> segments;  // decoded, without the stage: {"topics", "u.pin"}
    std::string query;                  // raw, without '?'

    bool is_staged() const { return !stage.empty(); }
    std::string path() const;  // "/topics/u.pin"

    // The first query parameter of that name, decoded; nothing if it is not there.
    std::optional<std::string> parameter(std::string_view name) const;
};

// Empty segments fall out: double and trailing slashes mean nothing. A first segment that is a word
// of the root (topics, consumers, brokers, v3, streams) is never a stage; any other one is.
// invalid_argument: a broken escape, or one that hides a slash, backslash or control character; "."
// and ".." as segments.
Result<Route> parse_route(std::string_view target);

// Percent-decoding; '+' stays. Nothing for a broken escape.
std::optional<std::string> percent_decode(std::string_view text);

}  // namespace pinflow::gateway
