// SPDX-License-Identifier: Apache-2.0
#include "ports/event_log.h"

#include <fmt/format.h>

namespace pinflow {

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
