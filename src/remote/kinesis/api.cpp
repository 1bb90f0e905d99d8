// SPDX-License-Identifier: Apache-2.0
#include "remote/kinesis/api.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <ctime>
#include <optional>

#include "base/hash.h"
#include "base/secret_text.h"

namespace pinflow::kinesis {
namespace {

namespace asio = boost::asio;
using Executor = asio::io_context::executor_type;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

constexpr std::string_view kTargetPrefix = "Kinesis_20131202.";
constexpr std::string_view kContentType = "application/x-amz-json-1.1";
constexpr std::string_view kService = "kinesis";
constexpr std::int64_t kStopSeenUs = 100'000;  // a pause looks this often whether to stop
constexpr int kDoublingsMax = 20;

net::HttpClientSettings client_settings(const KinesisSettings& settings) {
    return {.connect_timeout = settings.connect_timeout,
            .total_timeout = settings.request_timeout,
            .answer_bytes_max = kAnswerBytesMax,
            .ca_file = settings.ca_file};
}

// "Tue, 24 Nov 2026 21:48:32 GMT"
std::optional<Timestamp> parse_http_date(const std::string& text) {
    std::tm utc{};
    const char* end = ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
    if (end == nullptr || *end != '\0') return std::nullopt;
    return static_cast<Timestamp>(::timegm(&utc)) * 1'000;
}

}  // namespace

Api::Api(const KinesisSettings& settings, Endpoint endpoint, Clock& clock)
    : settings_(settings),
      endpoint_(std::move(endpoint)),
      clock_(clock),
      callers_(client_settings(settings)) {}

std::string Api::place_of(std::string_view operation, std::string_view stream) const {
    std::string place = fmt::format("{} {}", endpoint_.url, operation);
    if (!stream.empty()) place += fmt::format(" (stream {})", stream);
    return place;
}

HttpRequest Api::signed_request(const Call& call, const sigv4::Credentials& credentials) const {
    HttpRequest request{.method = "POST", .target = "/", .headers = {}, .body = call.body()};
    request.headers = {{"Content-Type", std::string(kContentType)},
                       {"X-Amz-Target", std::string(kTargetPrefix) + std::string(call.operation)}};
    sigv4::SignableRequest signable{.method = "POST",
                                    .host = endpoint_.host,
                                    .path = "/",
                                    .query = {},
                                    .headers = request.headers,
                                    .payload_hash = sigv4::payload_hash_of(request.body)};
    auto headers = sigv4::sign(signable, {endpoint_.region, std::string(kService)}, credentials,
                               clock_.now_ms());
    std::ranges::move(headers, std::back_inserter(request.headers));
    return request;
}

Reply<Timestamp> Api::attempt(const Call& call, net::HttpClient& client,
                              const std::stop_token& stop) const {
    std::string place = place_of(call.operation, call.stream);
    auto credentials = settings_.credentials();
    if (!credentials) {
        Error error = credentials.error();
        error.text = fmt::format("{}: no credentials: {}", place, error.text);
        return std::unexpected(Failure{.error = std::move(error)});
    }
    auto response = client.send(endpoint_.url, signed_request(call, *credentials), stop);
    // Whoever answers might repeat what he was sent.
    if (response && response->status != 200) {
        response->body = without_secrets(
            response->body, {credentials->secret_access_key, credentials->session_token});
    }
    std::optional<Failure> failure;
    if (!response) {
        failure = failure_of(response.error(), place);
    } else if (response->status != 200) {
        failure = failure_of(*response, place);
    } else if (Status read = call.read ? call.read(response->body) : Status{}; !read) {
        failure = not_kinesis(place, read.error().text);
    }
    if (!failure) {
        return parse_http_date(header_of(*response, "date")).value_or(clock_.now_ms());
    }
    return std::unexpected(*std::move(failure));
}

Task<Reply<Timestamp>> Api::attempt_elsewhere(const Call& call) {
    Reply<Timestamp> answer;
    Status run = co_await callers_.run(
        [&](net::HttpClient& client, const std::stop_token& stop) {
            answer = attempt(call, client, stop);
        },
        call.bytes);
    if (!run) {
        co_return std::unexpected(failure_of(run.error(), place_of(call.operation, call.stream)));
    }
    co_return answer;
}

Task<Reply<Timestamp>> Api::call(Call call) {
    std::int64_t began_us = clock_.steady_us();
    for (int attempts = 1;; ++attempts) {
        auto answer = co_await attempt_elsewhere(call);
        if (answer) co_return answer;
        Failure& failure = answer.error();
        bool is_unknown = failure.cure == Cure::unclear || failure.cure == Cure::garbled;
        if (is_unknown && !call.is_repeatable) {
            failure.error.code = Errc::timed_out;
            failure.error.text += "; whether it took effect is unknown";
            co_return answer;
        }
        if (failure.cure != Cure::later && failure.cure != Cure::unclear) co_return answer;
        std::int64_t pause_us = pause_after_us(attempts);
        if (clock_.steady_us() + pause_us - began_us > kRetryForUs) {
            failure.error.text += fmt::format("; asked {} times", attempts);
            co_return answer;
        }
        Status paused = co_await pause(pause_us);
        if (!paused) co_return std::unexpected(Failure{.error = paused.error()});
    }
}

std::int64_t Api::pause_after_us(int attempt) {
    std::int64_t most =
        std::min(kRetryMostUs, kRetryFirstUs << std::min(attempt - 1, kDoublingsMax));
    return most / 2 +
           static_cast<std::int64_t>(random_u64() % static_cast<std::uint64_t>(most / 2));
}

Task<Status> Api::pause(std::int64_t us) {
    Timer timer(co_await asio::this_coro::executor);
    for (std::int64_t left_us = us; left_us > 0; left_us -= kStopSeenUs) {
        if (callers_.is_stopped()) break;
        timer.expires_after(std::chrono::microseconds(std::min(left_us, kStopSeenUs)));
        co_await timer.async_wait(asio::as_tuple(asio::use_awaitable_t<Executor>{}));
    }
    if (callers_.is_stopped()) co_return fail(Errc::cancelled, endpoint_.url + ": stopped");
    co_return Status{};
}

}  // namespace pinflow::kinesis
