// SPDX-License-Identifier: Apache-2.0
#include "gateway/gateway.h"

#include <algorithm>

#include "base/hash.h"
#include "gateway/api_gateway/answer.h"
#include "gateway/api_gateway/operations.h"
#include "gateway/body_lease.h"
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

void append_hex(std::string& out, std::uint64_t number) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    for (int shift = 60; shift >= 0; shift -= 4) {
        out.push_back(kDigits[number >> shift & 0xF]);
    }
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

Task<HttpResponse> at_once(HttpResponse response) { co_return response; }

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
             next_partition_,
             settings_.budget != nullptr ? *settings_.budget : own_budget_} {}

std::optional<std::size_t> Gateway::body_bytes_max(const HttpRequest&) {
    return settings_.body_bytes_max;
}

Task<HttpResponse> Gateway::handle(HttpRequest request) {
    bytes_.add(static_cast<std::int64_t>(request.body.size()));
    bool is_staged = false;
    ByteLease lease;  // of what becomes of the body
    HttpResponse response = co_await dispatch(std::move(request), is_staged, lease);
    if (response.lease.bytes() == 0) {
        lease.shrink_to(std::min<std::uint64_t>(lease.bytes(), response.body.size()));
        response.lease = std::move(lease);
    }
    if (is_staged) response.headers.push_back({"x-amzn-RequestId", next_request_id()});
    (response.status < 400 ? answered_ : response.status < 500 ? refused_ : failed_).add();
    co_return response;
}

// Not a coroutine: it hands on the operation's own Task, and a frame is saved at each request.
Task<HttpResponse> Gateway::dispatch(HttpRequest request, bool& is_staged, ByteLease& lease) {
    if (request.method == "OPTIONS") return at_once(api_gateway::cors_answer());
    auto route = parse_route(request.target);
    if (!route) return at_once(rest_proxy::error_answer({400, 400, route.error().text}));
    if (request.method == "HEAD") request.method = "GET";
    is_staged = route->is_staged();
    if (!request.body.empty()) {
        auto leased = lease_for_body(ports_.budget, request.body);
        if (!leased) return at_once(not_leased(*route, leased.error()));
        lease = *std::move(leased);
    }
    if (auto custom = dispatch_custom(request, *route)) return *std::move(custom);
    if (auto streams = api_gateway::find_operation(request.method, *route)) {
        return streams(ports_, {std::move(request), *std::move(route)});
    }
    auto found = rest_proxy::find_operation(request.method, *route);
    if (found.operation) return found.operation(ports_, {std::move(request), *std::move(route)});
    if (found.allowed.empty()) return at_once(unknown_path(*route));
    return at_once(rest_proxy::method_not_allowed(found.allowed));
}

// As the API asked for says it: nothing is parsed, nothing stored.
HttpResponse Gateway::not_leased(const Route& route, const Error& error) const {
    auto custom = settings_.custom_routes.find(route.path());
    bool is_custom = custom != settings_.custom_routes.end();
    bool is_stream =
        is_custom ? custom->second.kind == CustomRoute::Kind::stream : is_streams(route);
    if (!is_stream) return rest_proxy::not_leased(error);
    return api_gateway::stream_error(settings_, error, "");
}

// Nothing if the path is none of the user's own.
std::optional<Task<HttpResponse>> Gateway::dispatch_custom(HttpRequest& request, Route& route) {
    if (settings_.custom_routes.empty()) return std::nullopt;
    auto custom = settings_.custom_routes.find(route.path());
    if (custom == settings_.custom_routes.end()) return std::nullopt;
    if (request.method != "POST" && request.method != "PUT") {
        return at_once(api_gateway::missing_authentication_token());
    }
    if (custom->second.kind == CustomRoute::Kind::topic) {
        route.segments = {"topics", custom->second.name};
        return rest_proxy::produce_to_topic(ports_, {std::move(request), std::move(route)});
    }
    route.segments = {"streams", custom->second.name, "record"};
    return api_gateway::put_record(ports_, {std::move(request), std::move(route)});
}

// In the form of a UUID; unique, and no secret.
std::string Gateway::next_request_id() {
    std::uint64_t number = next_request_.fetch_add(1, std::memory_order_relaxed);
    std::uint64_t high = mix(request_seed_ + 2 * number);
    std::uint64_t low = mix(request_seed_ + 2 * number + 1);
    // Version 4, variant 10: "xxxxxxxx-xxxx-4xxx-[89ab]xxx-xxxxxxxxxxxx".
    high = (high & ~0xF000ull) | 0x4000;
    low = (low & ~(3ull << 62)) | 1ull << 63;
    std::string id;
    id.reserve(36);
    append_hex(id, high);
    append_hex(id, low);
    for (std::size_t place : {8u, 13u, 18u, 23u}) id.insert(place, 1, '-');
    return id;
}

}  // namespace pinflow::gateway
