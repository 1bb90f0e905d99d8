// SPDX-License-Identifier: Apache-2.0
#include "gateway/gateway.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "gateway/api_gateway/answer.h"
#include "gateway/api_gateway/operations.h"
#include "gateway/rest_proxy/answer.h"
#include "gateway/rest_proxy/operations.h"

namespace pinflow::gateway {
namespace {

// Distinct inputs give distinct outputs (splitmix64's finisher).
std::uint64_t mix(std::uint64_t x) {
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
    return x ^ (x >> 31);
}

Counter& requests(Meter& meter, const std::string& outcome) {
    return meter.counter("pinflow_gateway_requests_total", MeterKind::counter,
                         "HTTP requests by what became of them.", {{"outcome", outcome}});
}

Counter& records(Meter& meter, const std::string& road) {
    return meter.counter("pinflow_gateway_records_total", MeterKind::counter,
                         "Records acknowledged as durable.", {{"road", road}});
}

bool is_streams(const Route& route) {
    return !route.segments.empty() && route.segments.front() == "streams";
}

// A path that is neither ours nor the user's: each front says so in its own way.
HttpResponse unknown_path(const Route& route) {
    if (route.is_staged() || is_streams(route)) return api_gateway::missing_authentication_token();
    return rest_proxy::not_found();
}

}  // namespace

Gateway::Gateway(GatewaySettings settings, EventLog& log, ShardStream& streams, Clock& clock,
                 Meter& meter)
    : settings_(std::move(settings)),
      request_seed_(random_u64()),
      answered_(requests(meter, "answered")),
      refused_(requests(meter, "refused")),
      failed_(requests(meter, "failed")),
      bytes_(meter.counter("pinflow_gateway_body_bytes_total", MeterKind::counter,
                           "Bytes of request bodies.", {})),
      ports_{settings_,
             log,
             streams,
             clock,
             records(meter, "topics"),
             records(meter, "streams"),
             next_partition_} {}

std::optional<std::size_t> Gateway::body_bytes_max(const HttpRequest&) {
    return settings_.body_bytes_max;
}

Task<HttpResponse> Gateway::handle(HttpRequest request) {
    bytes_.add(static_cast<std::int64_t>(request.body.size()));
    HttpResponse response = co_await dispatch(std::move(request));
    (response.status < 400 ? answered_ : response.status < 500 ? refused_ : failed_).add();
    co_return response;
}

Task<HttpResponse> Gateway::dispatch(HttpRequest request) {
    if (request.method == "OPTIONS") co_return api_gateway::cors_answer();
    auto route = parse_route(request.target);
    if (!route) co_return rest_proxy::error_answer({400, 400, route.error().text});
    if (request.method == "HEAD") request.method = "GET";

    HttpResponse response;
    bool is_staged = route->is_staged();
    std::string path = settings_.custom_routes.empty() ? std::string() : route->path();
    if (auto custom = settings_.custom_routes.find(path); custom != settings_.custom_routes.end()) {
        if (request.method != "POST" && request.method != "PUT") {
            response = api_gateway::missing_authentication_token();
        } else if (custom->second.kind == CustomRoute::Kind::topic) {
            route->segments = {"topics", custom->second.name};
            response = co_await rest_proxy::produce_to_topic(ports_, {std::move(request), *route});
        } else {
            route->segments = {"streams", custom->second.name, "record"};
            response = co_await api_gateway::put_record(ports_, {std::move(request), *route});
        }
    } else if (auto streams = api_gateway::find_operation(request.method, *route)) {
        response = co_await streams(ports_, {std::move(request), *std::move(route)});
    } else if (auto found = rest_proxy::find_operation(request.method, *route); found.operation) {
        response = co_await found.operation(ports_, {std::move(request), *std::move(route)});
    } else {
        response = found.allowed.empty() ? unknown_path(*route)
                                         : rest_proxy::method_not_allowed(found.allowed);
    }
    finish(response, is_staged);
    co_return response;
}

void Gateway::finish(HttpResponse& response, bool is_staged) {
    if (is_staged) response.headers.push_back({"x-amzn-RequestId", next_request_id()});
}

// In the form of a UUID; unique, and no secret.
std::string Gateway::next_request_id() {
    std::uint64_t number = next_request_.fetch_add(1, std::memory_order_relaxed);
    std::uint64_t high = mix(request_seed_ + 2 * number);
    std::uint64_t low = mix(request_seed_ + 2 * number + 1);
    return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xFFFF,
                       high & 0xFFF, 0x8000 | (low >> 50), low & 0xFFFF'FFFF'FFFF);
}

}  // namespace pinflow::gateway
