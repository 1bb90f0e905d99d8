// SPDX-License-Identifier: Apache-2.0
#include "gateway/body_lease.h"

#include <fmt/format.h>

#include <algorithm>

namespace pinflow::gateway {

Result<ByteLease> lease_for_body(ByteBudget& budget, std::string_view body) {
    auto braces = static_cast<std::uint64_t>(std::ranges::count(body, '{'));
    std::uint64_t bytes = kBodyCopies * body.size() + kBytesPerRecord * braces;
    if (bytes + body.size() > budget.limit_bytes()) {
        return fail(Errc::too_large,
                    fmt::format("{} bytes with so many records need {} of memory.budget, which is "
                                "{}: send fewer at once",
                                body.size(), bytes + body.size(), budget.limit_bytes()));
    }
    auto lease = budget.try_lease(bytes);
    if (!lease) return fail(Errc::unavailable, "too many bytes are in flight: try again");
    return *std::move(lease);
}

}  // namespace pinflow::gateway
