// SPDX-License-Identifier: Apache-2.0
#include "batch/object_lines.h"

#include <fmt/format.h>

namespace pinflow::batch {
namespace {

// Hands the whole lines at the front of `text` to `take`; what remains begins a line.
Result<std::string_view> take_whole_lines(std::string_view text,
                                          const std::function<Status(std::string_view)>& take) {
    for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
        TRY_STATUS(take(text.substr(0, end)));
        text.remove_prefix(end + 1);
    }
    return text;
}

}  // namespace

Task<Status> read_lines(ObjectStore& objects, std::string key, std::uint64_t bytes,
                        const std::function<Status(std::string_view line)>& take) {
    std::string begun;  // a line whose end has not been read
    for (std::uint64_t at = 0; at < bytes; at += kReadBytes) {
        CO_TRY(std::string part, co_await objects.get(key, {.first = at, .count = kReadBytes}));
        if (!begun.empty()) part.insert(0, begun);
        CO_TRY(std::string_view rest, take_whole_lines(part, take));
        begun.assign(rest);
        if (begun.size() > kLineBytesMax) {
            co_return fail(Errc::too_large, fmt::format("object {}: a line of more than {} MiB",
                                                        key, kLineBytesMax >> 20));
        }
    }
    if (!begun.empty()) CO_TRY_STATUS(take(begun));
    co_return Status{};
}

}  // namespace pinflow::batch
