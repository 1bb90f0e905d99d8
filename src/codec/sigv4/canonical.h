// SPDX-License-Identifier: Apache-2.0
// The one text of a request that both sides of Signature Version 4 hash.
// Source: "Create a signed AWS API request", AWS IAM User Guide.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "record/http.h"

namespace pinflow::sigv4 {

// RFC 3986: letters, digits and "-._~" stay, '/' too if asked; every other byte is %XX, upper case.
std::string uri_encode(std::string_view text, bool keep_slash = false);

using QueryParameters = std::vector<std::pair<std::string, std::string>>;  // neither is encoded

// "a=1&b=x%2Fy": encoded, then sorted by name and value. A parameter without a value ends in '='.
std::string canonical_query(const QueryParameters& parameters);

struct CanonicalRequest {
    std::string text;
    std::string signed_headers;  // "host;x-amz-date": lower case, sorted
};

// `path` is encoded as it travels; every service but S3 has it encoded once more here. `query` is
// canonical already. `headers` are those that are signed, host among them; those of one name are
// joined in their order.
CanonicalRequest canonical_request(std::string_view method, std::string_view path,
                                   std::string_view query, const std::vector<HttpHeader>& headers,
                                   std::string_view payload_hash, bool is_s3);

}  // namespace pinflow::sigv4
