// SPDX-License-Identifier: Apache-2.0
#include "emulator/judgement.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "base/text.h"
#include "emulator/answer_body.h"
#include "net/http_client.h"

namespace pinflow::emulator {
namespace {

constexpr std::int64_t kRetriableKafkaError = 50003;  // REST Proxy: "retriable Kafka exception"
constexpr std::int64_t kRetryAfterSecondsMax = 3'600;

// Kinesis' (and API Gateway's) names for "not now".
constexpr std::array<std::string_view, 5> kThrottled = {
    "ProvisionedThroughputExceededException", "ThrottlingException", "KMSThrottlingException",
    "ServiceUnavailable", "ServiceUnavailableException"};
constexpr std::array<std::string_view, 2> kServerFailed = {"InternalFailure",
                                                           "InternalFailureException"};

bool contains(std::span<const std::string_view> words, std::string_view word) {
    return std::ranges::find(words, word) != words.end();
}

bool is_success(int status) { return status >= 200 && status < 300; }

std::optional<std::chrono::milliseconds> retry_after(const HttpResponse& answer) {
    for (const HttpHeader& header : answer.headers) {
        if (to_lower(header.name) != "retry-after") continue;
        std::optional<std::int64_t> seconds = parse_int(header.value);
        if (seconds && *seconds >= 0)
            return std::chrono::seconds(std::min(*seconds, kRetryAfterSecondsMax));
    }
    return std::nullopt;
}

// "HTTP 404, error_code 40401: Topic not found"
std::string reason_of(int status, const AnswerBody& body) {
    std::string reason = fmt::format("HTTP {}", status);
    if (!body.is_object) return reason + ", and the body is no JSON object";
    if (body.error_code) reason += fmt::format(", error_code {}", *body.error_code);
    if (!body.type.empty()) reason += ", " + body.type;
    if (!body.message.empty()) reason += ": " + body.message;
    bool says_why = body.error_code || !body.type.empty() || !body.message.empty();
    if (is_success(status) && !says_why)
        reason += ", but the body does not say where the record is stored";
    return reason;
}

bool is_accepted(Road road, const HttpResponse& answer, const AnswerBody& body) {
    if (!is_success(answer.status) || !body.is_object) return false;
    if (road == Road::batch) return body.has_offsets && body.all_stored;
    return !body.sequence_number.empty() && body.type.empty();
}

void weigh_refusal(Judgement& judgement, int status, const AnswerBody& body) {
    bool says_throttled = contains(kThrottled, body.type);
    bool says_retriable = body.error_code == kRetriableKafkaError;
    bool server_failed = contains(kServerFailed, body.type) || status >= 500;
    bool is_retriable =
        says_throttled || says_retriable || server_failed || status == 408 || status == 429;
    judgement.verdict = is_retriable ? Verdict::try_again : Verdict::rejected;
    // A 503 refuses before any effect; any other 5xx may come after it (a gateway that lost its
    // server says 502 or 504). A success that says neither yes nor no may have been one.
    bool is_mute_success =
        is_success(status) && !body.error_code && body.type.empty() && body.message.empty();
    bool is_sure = says_throttled || says_retriable || status == 503;
    judgement.may_be_stored = !is_sure && (server_failed || is_mute_success || body.some_stored);
}

}  // namespace

Judgement judge(Road road, const HttpResponse& answer) {
    AnswerBody body = read_answer_body(answer.body);
    Judgement judgement;
    if (is_accepted(road, answer, body)) {
        judgement.verdict = Verdict::accepted;
        judgement.partition = body.partition;
        judgement.offset = body.offset;
        judgement.shard_id = body.shard_id;
        judgement.sequence_number = body.sequence_number;
        return judgement;
    }
    judgement.reason = reason_of(answer.status, body);
    judgement.retry_after = retry_after(answer);
    weigh_refusal(judgement, answer.status, body);
    return judgement;
}

Judgement judge(const Error& error) {
    return {.verdict = Verdict::try_again,
            .may_be_stored = net::may_have_been_sent(error.code),
            .is_unreachable = error.code == Errc::unavailable || error.code == Errc::permission,
            .reason = error.text};
}

}  // namespace pinflow::emulator
