// SPDX-License-Identifier: Apache-2.0
#include "codec/sigv4/presign.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"

namespace pinflow::sigv4 {
namespace {

constexpr int kTokenSeconds = 900;  // the most that RDS and MSK accept
constexpr std::string_view kUserAgent = "pinflow";

std::string url_safe_base64(std::string_view bytes) {
    std::string text = base64_encode(bytes);
    text.erase(text.find_last_not_of('=') + 1);
    std::ranges::replace(text, '+', '-');
    std::ranges::replace(text, '/', '_');
    return text;
}

}  // namespace

std::string presign(const SignableRequest& request, const Scope& scope,
                    const Credentials& credentials, Timestamp time_ms, int expires_s) {
    std::string date = amz_date(time_ms);
    QueryParameters query = request.query;
    query.emplace_back("X-Amz-Algorithm", "AWS4-HMAC-SHA256");
    query.emplace_back("X-Amz-Credential",
                       credentials.access_key_id + "/" + scope_text(scope, date));
    query.emplace_back("X-Amz-Date", date);
    query.emplace_back("X-Amz-Expires", std::to_string(expires_s));
    query.emplace_back("X-Amz-SignedHeaders", "host");
    if (!credentials.session_token.empty())
        query.emplace_back("X-Amz-Security-Token", credentials.session_token);

    std::string text = canonical_query(query);
    CanonicalRequest canonical =
        canonical_request(request.method, request.path, text, {{"host", request.host}},
                          request.payload_hash, scope.service == "s3");
    return fmt::format("{}{}?{}&X-Amz-Signature={}", request.host, request.path, text,
                       signature_of(canonical.text, scope, credentials.secret_access_key, date));
}

std::string rds_token(const std::string& host, int port, const std::string& user,
                      const std::string& region, const Credentials& credentials,
                      Timestamp time_ms) {
    SignableRequest request{.host = fmt::format("{}:{}", host, port),
                            .query = {{"Action", "connect"}, {"DBUser", user}},
                            .payload_hash = payload_hash_of("")};
    return presign(request, {region, "rds-db"}, credentials, time_ms, kTokenSeconds);
}

MskToken msk_token(const std::string& region, const Credentials& credentials, Timestamp time_ms) {
    SignableRequest request{.host = fmt::format("kafka.{}.amazonaws.com", region),
                            .query = {{"Action", "kafka-cluster:Connect"}},
                            .payload_hash = payload_hash_of("")};
    std::string url = "https://" + presign(request, {region, "kafka-cluster"}, credentials, time_ms,
                                           kTokenSeconds);
    url += "&User-Agent=" + uri_encode(kUserAgent);
    return {url_safe_base64(url), time_ms + kTokenSeconds * 1'000};
}

}  // namespace pinflow::sigv4
