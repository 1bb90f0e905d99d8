// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "record/http.h"

namespace pinflow::net {

struct AnswerFrame {
    bool is_head = false;  // the request was HEAD: length, but no body
    bool is_http10 = false;
    bool keep_alive = true;
    std::string_view date;  // RFC 9110 IMF-fixdate
};

// Appends the answer as it goes over the wire, with Content-Length, Date and Connection.
void append_response(std::string& out, const HttpResponse& response, const AnswerFrame& frame);

std::string_view reason_phrase(int status);

std::string http_date(std::int64_t unix_seconds);  // "Tue, 24 Nov 2026 21:48:32 GMT"

// What the server itself says when it refuses: {"error_code":400,"message":"..."} and the end of
// the connection; a 503 with Retry-After. `message` is ours and holds no character that JSON would
// escape.
HttpResponse refusal(int status, std::string_view message);

}  // namespace pinflow::net
