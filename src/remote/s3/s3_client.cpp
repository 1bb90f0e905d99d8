// SPDX-License-Identifier: Apache-2.0
#include "remote/s3/s3_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "base/hash.h"
#include "base/log.h"
#include "base/secret_text.h"
#include "base/text.h"
#include "codec/s3xml/answers.h"
#include "codec/s3xml/times.h"

namespace pinflow::s3 {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kAnswerOverheadMax = 1 << 20;  // headers apart, beside a piece
// S3 refuses what is 15 minutes off; a Date so far away explains a refusal.
constexpr std::int64_t kSkewMinMs = 5 * 60 * 1'000;

bool wait_for_real(milliseconds time, const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, time, [] { return false; });
    return !stop.stop_requested();
}

net::HttpClientSettings http_settings(const S3Settings& settings) {
    return {.connect_timeout = settings.connect_timeout,
            .total_timeout = settings.request_timeout,
            .answer_bytes_max = kPieceBytes + kAnswerOverheadMax,
            .ca_file = settings.ca_file};
}

bool is_same(const sigv4::Credentials& a, const sigv4::Credentials& b) {
    return a.access_key_id == b.access_key_id && a.secret_access_key == b.secret_access_key &&
           a.session_token == b.session_token;
}

Failure failure_of_send(Error error, const BucketAddress& address) {
    bool was_sent = net::may_have_been_sent(error.code);
    bool may_pass =
        error.code == Errc::unavailable || error.code == Errc::timed_out || error.code == Errc::io;
    if (error.code == Errc::permission) {
        error.text += "; trust it by s3.ca_file, the CA that signed its certificate";
    } else if (error.code == Errc::unavailable && address.base_path.empty()) {
        error.text +=
            "; check s3.endpoint and s3.region (a store without a host name for each bucket wants "
            "s3.style path)";
    } else if (may_pass) {
        error.text += "; check s3.endpoint, https:// or http:// included";
    }
    return {.error = std::move(error),
            .cure = may_pass ? Cure::again : Cure::none,
            .s3_code = {},
            .status = 0,
            .in_doubt = was_sent};
}

}  // namespace

Result<std::unique_ptr<S3Client>> S3Client::open(S3Settings settings, Clock& clock) {
    TRY(BucketAddress address, address_of(settings));
    if (!settings.credentials)
        return fail(Errc::invalid_argument, "S3: there is nobody to ask for credentials");
    if (!settings.wait)
        settings.wait = [stop = settings.stop](milliseconds time) {
            return wait_for_real(time, stop);
        };
    return std::unique_ptr<S3Client>(new S3Client(std::move(settings), std::move(address), clock));
}

S3Client::S3Client(S3Settings settings, BucketAddress address, Clock& clock)
    : settings_(std::move(settings)),
      address_(std::move(address)),
      clock_(clock),
      pool_(http_settings(settings_), std::max<std::size_t>(1, settings_.connections_max)) {}

std::string S3Client::shown(const std::string& key) const {
    if (key.empty()) return address_.shown;
    return fmt::format("object '{}' of {}", key, address_.shown);
}

Reply<HttpResponse> S3Client::ask(S3Request request) {
    std::string path = address_.path_of(request.key);
    std::string query = sigv4::canonical_query(request.query);
    HttpRequest http{.method = request.method,
                     .target = query.empty() ? path : path + "?" + query,
                     .headers = {},
                     .body = std::move(request.body)};
    const std::string payload_hash = sigv4::payload_hash_of(http.body);
    Tries tries{.began_us = clock_.steady_us()};
    while (true) {
        auto answer = try_once(request, http, payload_hash, tries);
        if (answer) return answer;
        tries.in_doubt |= answer.error().in_doubt;
        Failure& failure = answer.error();
        if (!may_try_again(failure, request, tries)) {
            if (tries.made > 1) failure.error.text += fmt::format("; tried {} times", tries.made);
            failure.in_doubt = tries.in_doubt;
            return answer;
        }
        log_info("s3", "{}; trying again ({} of {})", failure.error.text, tries.made,
                 kTriesMax - 1);
    }
}

Reply<HttpResponse> S3Client::try_once(const S3Request& request, HttpRequest& http,
                                       const std::string& payload_hash, Tries& tries) {
    ++tries.made;
    tries.answer = {};
    auto credentials = settings_.credentials();
    if (!credentials) return std::unexpected(Failure{.error = std::move(credentials).error()});
    tries.credentials = *std::move(credentials);
    tries.signed_ms = clock_.now_ms() + skew_ms_;
    http.headers = request.headers;
    if (!tries.credentials.access_key_id.empty()) {
        std::vector<HttpHeader> added = sigv4::sign({.method = request.method,
                                                     .host = address_.host,
                                                     .path = address_.path_of(request.key),
                                                     .query = request.query,
                                                     .headers = request.headers,
                                                     .payload_hash = payload_hash},
                                                    {.region = address_.region, .service = "s3"},
                                                    tries.credentials, tries.signed_ms);
        std::ranges::move(added, std::back_inserter(http.headers));
    }
    auto client = pool_.lend(settings_.stop);
    if (!client) return std::unexpected(Failure{.error = std::move(client).error()});
    auto answer = (*client)->send(address_.origin + http.target, http, settings_.stop);
    if (!answer) return std::unexpected(failure_of_send(std::move(answer).error(), address_));
    bool is_error = answer->status < 200 || answer->status >= 300 ||
                    (request.error_in_200 && s3xml::is_error(answer->body));
    if (!is_error) return *std::move(answer);
    // Whoever answers might repeat what he was sent.
    answer->body = without_secrets(
        answer->body, {tries.credentials.secret_access_key, tries.credentials.session_token});
    Failure failure = failure_of(*answer, shown(request.key));
    tries.answer = *std::move(answer);
    return std::unexpected(std::move(failure));
}

bool S3Client::may_try_again(const Failure& failure, const S3Request& request, Tries& tries) {
    if (has_set_clock(failure, tries)) return true;
    if (tries.made >= kTriesMax || failure.cure == Cure::none) return false;
    if (failure.status == 409 && !request.retries_conflicts) return false;
    if (failure.cure == Cure::renew) {
        auto now = settings_.credentials();
        return now && !is_same(*now, tries.credentials);
    }
    milliseconds pause = wait_after(tries);
    std::int64_t waited_ms = (clock_.steady_us() - tries.began_us) / 1'000;
    if (waited_ms + pause.count() > kPatience.count()) return false;
    return wait(pause);
}

// A refusal whose Date is far from what we signed: the time is taken from it, once a request.
bool S3Client::has_set_clock(const Failure& failure, Tries& tries) {
    if (tries.clock_was_set || (failure.status != 403 && failure.status != 400)) return false;
    auto theirs = s3xml::parse_http_time(header_of(tries.answer, "date"));
    if (!theirs) return false;
    std::int64_t off_ms = *theirs - tries.signed_ms;
    if (std::abs(off_ms) < kSkewMinMs) return false;
    log_warn("s3", "this machine's clock is {} s from that of {}: its time is used",
             (*theirs - clock_.now_ms()) / 1'000, address_.shown);
    skew_ms_ = *theirs - clock_.now_ms();
    return tries.clock_was_set = true;
}

// Doubling, its upper half by chance, so that those who failed together do not come back together.
milliseconds S3Client::wait_after(const Tries& tries) const {
    constexpr int kDoublingsMax = 16;  // past kWaitMax long since
    milliseconds longest =
        std::min(kWaitMax, kWaitFirst * (1 << std::min(tries.made - 1, kDoublingsMax)));
    auto half = static_cast<std::uint64_t>(longest.count() / 2);
    milliseconds pause{half + random_u64() % (half + 1)};
    auto asked_s = parse_int(header_of(tries.answer, "retry-after"));
    if (!asked_s || *asked_s < 0) return pause;
    return std::max(
        pause,
        std::min(kRetryAfterMax,
                 milliseconds(std::min<std::int64_t>(*asked_s, kRetryAfterMax.count()) * 1'000)));
}

bool S3Client::wait(milliseconds time) const {
    return !settings_.stop.stop_requested() && settings_.wait(time);
}

}  // namespace pinflow::s3
