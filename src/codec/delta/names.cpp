// SPDX-License-Identifier: Apache-2.0
#include "codec/delta/names.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace pinflow::delta {
namespace {

constexpr std::size_t kVersionDigits = 20;
constexpr std::string_view kCommitEnding = ".json";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool stands_for_itself(char c) {
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || is_digit(c) || std::string_view{"-_.~/=+"}.contains(c);
}

}  // namespace

std::string commit_name(std::int64_t version) {
    return fmt::format("{:0{}}{}", version, kVersionDigits, kCommitEnding);
}

std::string checkpoint_name(std::int64_t version) {
    return fmt::format("{:0{}}.checkpoint.parquet", version, kVersionDigits);
}

std::string checkpoint_part_name(std::int64_t version, std::int64_t part, std::int64_t parts) {
    return fmt::format("{:0{}}.checkpoint.{:010}.{:010}.parquet", version, kVersionDigits, part,
                       parts);
}

std::optional<std::int64_t> commit_version(std::string_view name) {
    if (name.size() != kVersionDigits + kCommitEnding.size()) return std::nullopt;
    std::string_view digits = name.substr(0, kVersionDigits);
    if (!name.ends_with(kCommitEnding) || !std::ranges::all_of(digits, is_digit))
        return std::nullopt;
    return parse_int(digits);
}

std::string encode_path(std::string_view path) {
    std::string encoded;
    for (char c : path) {
        if (stands_for_itself(c)) encoded.push_back(c);
        else encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return encoded;
}

Result<std::string> decode_path(std::string_view encoded) {
    std::string path;
    for (std::size_t at = 0; at < encoded.size(); ++at) {
        if (encoded[at] != '%') {
            path.push_back(encoded[at]);
            continue;
        }
        std::string_view digits = encoded.substr(at + 1, 2);
        unsigned value = 0;
        auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
        if (digits.size() != 2 || end != digits.data() + 2 || error != std::errc{})
            return fail(Errc::corrupt, fmt::format("path {} has a broken escape", encoded));
        path.push_back(static_cast<char>(value));
        at += 2;
    }
    return path;
}

std::string write_last_checkpoint(const LastCheckpoint& last) {
    std::string parts = last.parts == 0 ? "" : fmt::format(R"(,"parts":{})", last.parts);
    return fmt::format(R"({{"version":{},"size":{}{}}})", last.version, last.action_count, parts);
}

Result<LastCheckpoint> read_last_checkpoint(std::string_view json) {
    simdjson::dom::parser parser;
    simdjson::dom::object object;
    LastCheckpoint last;
    bool good = parser.parse(json.data(), json.size()).get(object) == simdjson::SUCCESS &&
                object["version"].get(last.version) == simdjson::SUCCESS;
    if (!good) return fail(Errc::corrupt, "_last_checkpoint holds no version");
    // Both are optional: what is absent stays 0.
    if (object["size"].get(last.action_count) != simdjson::SUCCESS) last.action_count = 0;
    if (object["parts"].get(last.parts) != simdjson::SUCCESS) last.parts = 0;
    simdjson::dom::object v2;
    last.is_v2 = object["v2Checkpoint"].get(v2) == simdjson::SUCCESS;
    return last;
}

}  // namespace pinflow::delta
