// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "codec/sigv4/canonical.h"
#include "record/record.h"

namespace pinflow::sigv4 {

struct Credentials {
    std::string access_key_id;
    std::string secret_access_key;  // never printed
    std::string session_token;      // of a temporary account; empty: none. Never printed
};

struct Scope {
    std::string region;   // "eu-west-1"
    std::string service;  // "s3", "kinesis", "rds-db", "kafka-cluster"
};

struct SignableRequest {
    std::string method = "GET";
    std::string host;        // with the port where it is not the scheme's own: what Host will say
    std::string path = "/";  // encoded, as it travels
    QueryParameters query;
    std::vector<HttpHeader> headers;  // further ones to sign
    std::string payload_hash;         // payload_hash_of(body), or kUnsignedPayload
};

inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

// SHA-256 in lower-case hexadecimal.
std::string payload_hash_of(std::string_view body);

// "20150830T123600Z"
std::string amz_date(Timestamp time_ms);

// The headers to add to the request: X-Amz-Date, Authorization, X-Amz-Security-Token where there is
// a token and, for S3, X-Amz-Content-Sha256. Host is signed, and is the sender's to add. Pure.
std::vector<HttpHeader> sign(const SignableRequest& request, const Scope& scope,
                             const Credentials& credentials, Timestamp time_ms);

// The signature itself: of a canonical request, for a time and a scope.
std::string signature_of(std::string_view canonical_text, const Scope& scope,
                         std::string_view secret_access_key, std::string_view date);

// "20150830/us-east-1/service/aws4_request"
std::string scope_text(const Scope& scope, std::string_view date);

}  // namespace pinflow::sigv4
