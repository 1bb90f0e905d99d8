// SPDX-License-Identifier: Apache-2.0
// The HTTP door of the pipeline: Confluent REST Proxy v2, bare or behind an API Gateway's stage,
// and the Kinesis resources of an API Gateway. It looks at paths and hands each request to one
// operation.
#pragma once

#include <atomic>
#include <cstdint>

#include "gateway/call.h"
#include "net/http_server.h"

namespace pinflow::gateway {

class Gateway final : public net::HttpHandler {
public:
    // The ports must outlive the gateway. Any reactor may call its methods.
    Gateway(GatewaySettings settings, EventLog& log, ShardStream& streams, Clock& clock,
            Meter& meter);

    Task<HttpResponse> handle(HttpRequest request) override;
    std::optional<std::size_t> body_bytes_max(const HttpRequest& head) override;

private:
    Task<HttpResponse> dispatch(HttpRequest request, bool& is_staged, ByteLease& lease);
    HttpResponse not_leased(const Route& route, const Error& error) const;
    std::optional<Task<HttpResponse>> dispatch_custom(HttpRequest& request, Route& route);
    std::string next_request_id();

    const GatewaySettings settings_;
    ByteBudget own_budget_{kOwnBudgetBytes};  // if it was given none
    std::atomic<std::uint32_t> next_partition_{0};
    std::atomic<std::uint64_t> next_request_{0};
    std::uint64_t request_seed_;
    Counter& answered_;
    Counter& refused_;
    Counter& failed_;
    Counter& bytes_;
    Ports ports_;
};

}  // namespace pinflow::gateway
