// SPDX-License-Identifier: Apache-2.0
#include "codec/rest_proxy/media_type.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/text.h"

namespace pinflow::rest_proxy {
namespace {

struct MediaRange {
    std::string type;
    bool is_refused = false;  // q=0
};

MediaRange parse_range(std::string_view text) {
    std::vector<std::string_view> parts = split(text, ';');
    MediaRange range{.type = to_lower(trim(parts.front()))};
    for (std::size_t i = 1; i < parts.size(); ++i) {
        std::string parameter = to_lower(trim(parts[i]));
        if (!parameter.starts_with("q=")) continue;
        range.is_refused = parameter.find_first_not_of("0.", 2) == std::string::npos;
    }
    return range;
}

bool is_kafka_v2(std::string_view type) {
    return type.starts_with("application/vnd.kafka.") && type.ends_with("v2+json");
}

}  // namespace

std::optional<Embedded> embedded_format(std::string_view content_type) {
    constexpr std::string_view kJson = "application/vnd.kafka.json.v2+json";
    if (content_type == kJson) return Embedded::json;  // nearly always: nothing to take apart
    std::string type = parse_range(content_type).type;
    if (type == kJson) return Embedded::json;
    if (type == "application/vnd.kafka.binary.v2+json") return Embedded::binary;
    if (type == "application/vnd.kafka.v2+json") return Embedded::binary;
    return std::nullopt;
}

bool is_acceptable(std::string_view accept) {
    if (trim(accept).empty() || accept == "*/*") return true;
    std::vector<std::string_view> ranges = split(accept, ',');
    return std::ranges::any_of(ranges, [](std::string_view text) {
        MediaRange range = parse_range(text);
        bool is_ours = range.type == "*/*" || range.type == "application/*" ||
                       range.type == "application/json" || is_kafka_v2(range.type);
        return is_ours && !range.is_refused;
    });
}

}  // namespace pinflow::rest_proxy
