// SPDX-License-Identifier: Apache-2.0
#include "gateway/api_gateway/put.h"

#include <algorithm>

namespace pinflow::gateway::api_gateway {

Task<Result<std::vector<Result<StoredAt>>>> put_making_stream(Ports ports, std::string stream,
                                                              std::vector<StreamRecord> records) {
    if (ports.settings.auto_create_streams) {
        auto known = co_await ports.streams.describe_stream(stream);
        if (!known && known.error().code == Errc::not_found) {
            auto made =
                co_await ports.streams.create_stream(stream, ports.settings.auto_create_shards);
            bool is_there = made || made.error().code == Errc::already_exists;
            if (!is_there) co_return std::unexpected(made.error());
        }
    }
    auto stored = co_await ports.streams.put(std::move(stream), std::move(records));
    if (stored) {
        ports.stream_records.add(
            std::ranges::count_if(*stored, [](const auto& r) { return r.has_value(); }));
    }
    co_return stored;
}

}  // namespace pinflow::gateway::api_gateway
