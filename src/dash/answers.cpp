// SPDX-License-Identifier: Apache-2.0
#include "dash/answers.h"

#include "codec/json/writer.h"

namespace pinflow::dash {
namespace {

// Nothing inline, nothing foreign: what the page may load is what this address serves.
constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; "
    "img-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

}  // namespace

HttpResponse text_answer(int status, std::string_view type, std::string body) {
    return HttpResponse{
        .status = status,
        .headers = {{"Content-Type", std::string(type)},
                    {"Cache-Control", "no-store"},
                    {"X-Content-Type-Options", "nosniff"},
                    {"Referrer-Policy", "no-referrer"},
                    {"Content-Security-Policy", std::string(kContentSecurityPolicy)}},
        .body = std::move(body)};
}

// RFC 9457 problem details.
HttpResponse problem(int status, std::string_view title, std::string_view detail) {
    json::JsonWriter writer;
    writer.begin_object();
    writer.key("title");
    writer.value(title);
    writer.key("status");
    writer.value(std::int64_t{status});
    writer.key("detail");
    writer.value(detail);
    writer.end_object();
    return text_answer(status, "application/problem+json", std::move(writer).take());
}

}  // namespace pinflow::dash
