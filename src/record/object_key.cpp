// SPDX-License-Identifier: Apache-2.0
#include "record/object_key.h"

#include <fmt/format.h>

#include <cstdint>

#include "base/text.h"

namespace pinflow {
namespace {

constexpr std::size_t kKeyBytesMax = 1'024;      // S3's limit
constexpr std::size_t kComponentBytesMax = 255;  // NAME_MAX of the file systems we meet
constexpr std::size_t kBucketBytesMax = 63;      // S3's limit

// How many bytes the sequence beginning at `at` has, or 0 if it is not UTF-8 (Unicode, table 3-7:
// no overlong forms, no surrogates, nothing above U+10FFFF).
std::size_t sequence_bytes(std::string_view bytes, std::size_t at) {
    auto byte = [&](std::size_t i) {
        return at + i < bytes.size() ? static_cast<std::uint8_t>(bytes[at + i]) : 0u;
    };
    auto follows = [&](std::size_t i) { return (byte(i) & 0xC0u) == 0x80u; };
    unsigned lead = byte(0);
    unsigned second = byte(1);
    if (lead < 0x80) return 1;
    if (lead >= 0xC2 && lead <= 0xDF) return follows(1) ? 2 : 0;
    if (lead >= 0xE0 && lead <= 0xEF) {
        if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F)) return 0;
        return follows(1) && follows(2) ? 3 : 0;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        if ((lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)) return 0;
        return follows(1) && follows(2) && follows(3) ? 4 : 0;
    }
    return 0;
}

std::string_view wrong_component(std::string_view component) {
    if (component.empty()) return "has an empty component";
    if (component == "." || component == "..") return "has a component '.' or '..'";
    if (component.size() > kComponentBytesMax) return "has a component over 255 bytes";
    return {};
}

}  // namespace

std::unexpected<Error> invalid_key(std::string_view key, std::string_view why) {
    constexpr std::size_t kShownBytesMax = 80;
    std::string_view more = key.size() > kShownBytesMax ? "…" : "";
    return fail(Errc::invalid_argument,
                fmt::format("InvalidKey: '{}{}' {}", key.substr(0, kShownBytesMax), more, why));
}

Status check_key(std::string_view key) {
    if (key.empty() || key.size() > kKeyBytesMax) return invalid_key(key, "is not 1-1,024 bytes");
    if (key.contains('\0')) return invalid_key("", "holds a NUL byte");
    if (!is_utf8(key)) return invalid_key("", "is not UTF-8");
    for (std::string_view component : split(key, '/')) {
        std::string_view wrong = wrong_component(component);
        if (!wrong.empty()) return invalid_key(key, wrong);
    }
    return {};
}

Status check_bucket(std::string_view bucket) {
    constexpr std::string_view kAllowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    if (bucket.empty() || bucket.size() > kBucketBytesMax || bucket.front() == '.' ||
        bucket.find_first_not_of(kAllowed) != std::string_view::npos) {
        return fail(
            Errc::invalid_argument,
            fmt::format("bucket name '{}' is not 1-63 of [a-zA-Z0-9._-], or begins with a dot",
                        bucket));
    }
    return {};
}

bool is_utf8(std::string_view bytes) {
    for (std::size_t at = 0; at < bytes.size();) {
        std::size_t length = sequence_bytes(bytes, at);
        if (length == 0) return false;
        at += length;
    }
    return true;
}

}  // namespace pinflow
