// SPDX-License-Identifier: Apache-2.0
#include "codec/sigv4/signer.h"

#include <fmt/format.h>

#include <chrono>

#include "base/hash.h"

namespace pinflow::sigv4 {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

std::string view_of(const std::array<std::uint8_t, 32>& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::string keyed(std::string_view key, std::string_view text) {
    return view_of(hmac_sha256(key, text));
}

}  // namespace

std::string payload_hash_of(std::string_view body) { return hex(view_of(sha256(body))); }

std::string amz_date(Timestamp time_ms) {
    using namespace std::chrono;
    sys_seconds time{floor<seconds>(milliseconds(time_ms))};
    sys_days day = floor<days>(time);
    year_month_day date(day);
    hh_mm_ss clock(time - day);
    return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::string scope_text(const Scope& scope, std::string_view date) {
    return fmt::format("{}/{}/{}/aws4_request", date.substr(0, 8), scope.region, scope.service);
}

std::string signature_of(std::string_view canonical_text, const Scope& scope,
                         std::string_view secret_access_key, std::string_view date) {
    std::string to_sign = fmt::format("{}\n{}\n{}\n{}", kAlgorithm, date, scope_text(scope, date),
                                      payload_hash_of(canonical_text));
    std::string key = keyed("AWS4" + std::string(secret_access_key), date.substr(0, 8));
    for (std::string_view part : {std::string_view(scope.region), std::string_view(scope.service),
                                  std::string_view("aws4_request")}) {
        key = keyed(key, part);
    }
    return hex(keyed(key, to_sign));
}

std::vector<HttpHeader> sign(const SignableRequest& request, const Scope& scope,
                             const Credentials& credentials, Timestamp time_ms) {
    bool is_s3 = scope.service == "s3";
    std::string date = amz_date(time_ms);
    std::vector<HttpHeader> added = {{"X-Amz-Date", date}};
    if (is_s3) added.push_back({"X-Amz-Content-Sha256", request.payload_hash});
    if (!credentials.session_token.empty())
        added.push_back({"X-Amz-Security-Token", credentials.session_token});

    std::vector<HttpHeader> signed_headers = request.headers;
    signed_headers.push_back({"host", request.host});
    signed_headers.insert(signed_headers.end(), added.begin(), added.end());
    CanonicalRequest canonical =
        canonical_request(request.method, request.path, canonical_query(request.query),
                          signed_headers, request.payload_hash, is_s3);
    added.push_back(
        {"Authorization",
         fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}", kAlgorithm,
                     credentials.access_key_id, scope_text(scope, date), canonical.signed_headers,
                     signature_of(canonical.text, scope, credentials.secret_access_key, date))});
    return added;
}

}  // namespace pinflow::sigv4
