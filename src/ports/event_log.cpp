// SPDX-License-Identifier: Apache-2.0
#include "ports/event_log.h"

#include <fmt/format.h>

namespace pinflow {

bool may_be_same(const Life& noted, const Life& now) {
    if (noted.created_ms != 0 && now.created_ms != 0) return noted.created_ms == now.created_ms;
    const std::size_t slash = noted.id.rfind('/');
    if (slash == std::string::npos || slash != now.id.rfind('/')) return true;
    const bool is_one_cluster = noted.id.compare(0, slash, now.id, 0, slash) == 0;
    return !is_one_cluster || noted.id == now.id;
}

Status check_topic_name(std::string_view name) {
    constexpr std::string_view kAllowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    constexpr std::size_t kNameBytesMax = 249;
    if (name.empty()) return fail(Errc::invalid_argument, "topic name is empty");
    if (name == "." || name == "..") {
        return fail(Errc::invalid_argument, "topic name cannot be \".\" or \"..\"");
    }
    if (name.size() > kNameBytesMax) {
        return fail(Errc::invalid_argument,
                    fmt::format("topic name is longer than {} characters", kNameBytesMax));
    }
    if (name.find_first_not_of(kAllowed) != std::string_view::npos) {
        return fail(Errc::invalid_argument,
                    fmt::format("topic name \"{}\" contains a character other than ASCII "
                                "alphanumerics, '.', '_' and '-'",
                                name));
    }
    return {};
}

}  // namespace pinflow
