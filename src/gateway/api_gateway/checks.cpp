// SPDX-License-Identifier: Apache-2.0
#include "gateway/api_gateway/checks.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace pinflow::gateway::api_gateway {
namespace {

constexpr std::size_t kShownBytesMax = 100;  // of a value, in a message
constexpr std::size_t kShownViolationsMax = 10;

std::string violation(std::string_view value, std::string_view member, std::string_view must) {
    std::string shown(value.substr(0, kShownBytesMax));
    if (value.size() > kShownBytesMax) shown += "...";
    return fmt::format("Value '{}' at '{}' failed to satisfy constraint: Member must {}", shown,
                       member, must);
}

std::string missing(std::string_view member) {
    return fmt::format("Value null at '{}' failed to satisfy constraint: Member must not be null",
                       member);
}

std::string length(std::string_view side, std::size_t limit) {
    return fmt::format("have length {} than or equal to {}", side, limit);
}

std::size_t characters(std::string_view utf8) {
    auto is_lead = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
    return static_cast<std::size_t>(std::ranges::count_if(utf8, is_lead));
}

}  // namespace

void check_stream_name(std::string_view name, Violations& violations) {
    constexpr std::string_view kAllowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    if (name.find_first_not_of(kAllowed) != std::string_view::npos) {
        violations.push_back(
            violation(name, "streamName", "satisfy regular expression pattern: [a-zA-Z0-9_.-]+"));
    }
    if (name.empty()) violations.push_back(violation(name, "streamName", length("greater", 1)));
    if (name.size() > kStreamNameCharactersMax) {
        violations.push_back(
            violation(name, "streamName", length("less", kStreamNameCharactersMax)));
    }
}

void check_put(const kinesis::PutBody& put, const std::string& path, Violations& violations) {
    std::string key_member = path + "partitionKey";
    if (put.partition_key.empty()) {
        violations.push_back(violation("", key_member, length("greater", 1)));
    }
    if (characters(put.partition_key) > kPartitionKeyCharactersMax) {
        violations.push_back(
            violation(put.partition_key, key_member, length("less", kPartitionKeyCharactersMax)));
    }
    if (!put.data) {
        violations.push_back(missing(path + "data"));
    } else if (put.data->size() + put.partition_key.size() > kRecordBytesMax) {
        violations.push_back(violation(*put.data, path + "data", length("less", kRecordBytesMax)));
    }
}

void check_record_count(std::size_t count, Violations& violations) {
    if (count == 0) violations.push_back(violation("[]", "records", length("greater", 1)));
    if (count > kRecordsMax) {
        violations.push_back(
            violation(fmt::format("[{} records]", count), "records", length("less", kRecordsMax)));
    }
}

std::string violation_text(std::span<const std::string> violations) {
    std::size_t shown = std::min(violations.size(), kShownViolationsMax);
    return fmt::format("{} validation error{} detected: {}", violations.size(),
                       violations.size() == 1 ? "" : "s", join(violations.first(shown), "; "));
}

bool has_template(const HttpRequest& request) {
    auto content_type = request.header("Content-Type");
    if (!content_type) return true;
    std::string_view bare = content_type->substr(0, content_type->find(';'));
    return to_lower(trim(bare)) == "application/json";
}

}  // namespace pinflow::gateway::api_gateway
