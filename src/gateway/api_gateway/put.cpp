// SPDX-License-Identifier: Apache-2.0
#include "gateway/api_gateway/put.h"

#include <algorithm>

namespace pinflow::gateway::api_gateway {

Task<Result<std::vector<Result<StoredAt>>>> put_making_stream(Ports ports, std::string stream,
                                                              std::vector<StreamRecord> records,
                                                              IdempotencyKey key) {
    // The stream is nearly always there: put first, and make it only when it is missed.
    auto stored = co_await ports.streams.put(stream, records, key);
    bool is_missed = !stored && stored.error().code == Errc::not_found;
    if (is_missed && ports.settings.auto_create_streams) {
        auto made = co_await ports.streams.create_stream(stream, ports.settings.auto_create_shards);
        bool is_there = made || made.error().code == Errc::already_exists;
        if (!is_there) co_return std::unexpected(made.error());
        stored = co_await ports.streams.put(std::move(stream), std::move(records), std::move(key));
    }
    if (stored) {
        ports.stream_records.add(std::ranges::count_if(
            *stored, [](const auto& at) { return at.has_value() && !at->is_repeat; }));
    }
    co_return stored;
}

bool is_repeat(std::span<const Result<StoredAt>> stored) {
    return std::ranges::any_of(stored, [](const auto& at) { return at && at->is_repeat; });
}

}  // namespace pinflow::gateway::api_gateway
