// SPDX-License-Identifier: Apache-2.0
#include "net/request_parser.h"

#include <algorithm>
#include <boost/beast/http/error.hpp>
#include <limits>

#include "base/text.h"

namespace pinflow::net {
namespace {

namespace http = boost::beast::http;

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

bool is_decimal(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// Servers must take "GET http://host/path" too (RFC 9112, section 3.2.2); handlers see the path.
std::string_view origin_form(std::string_view target) {
    for (std::string_view scheme : {"http://", "https://"}) {
        if (to_lower(target.substr(0, scheme.size())) != scheme) continue;
        std::size_t path = target.find_first_of("/?", scheme.size());
        if (path == std::string_view::npos) return "/";
        return target.substr(path);
    }
    return target;
}

}  // namespace

RequestParser::RequestParser(HttpRequest& request, std::size_t headers_max)
    : request_(request), headers_max_(headers_max) {
    eager(true);
    body_limit(boost::none);  // ours depends on the path: see limit_body
    header_limit(std::numeric_limits<std::uint32_t>::max());  // the caller's buffer is the limit
}

std::size_t RequestParser::feed(std::string_view bytes) {
    Error error;
    std::size_t taken = put({bytes.data(), bytes.size()}, error);
    if (!error || error == http::error::need_more || refused()) return taken;
    if (error == http::error::bad_version) {
        refuse(505, "only HTTP/1.0 and HTTP/1.1 are spoken here", error);
    } else {
        refuse(400,
               is_header_done() ? "the chunked body is malformed"
                                : "the request line or a header is malformed",
               error);
    }
    return taken;
}

void RequestParser::refuse(int status, const char* message, Error& error) {
    if (!refused()) refusal_ = {status, message};
    error = http::error::bad_value;
}

void RequestParser::on_request_impl(http::verb, Text method, Text target, int version,
                                    Error& error) {
    request_.method = view(method);
    request_.target = origin_form(view(target));
    version_ = version;
    bool is_asterisk = request_.target == "*" && request_.method == "OPTIONS";
    if (!request_.target.starts_with('/') && !is_asterisk) {
        refuse(400, "the request target must be a path", error);
    }
}

void RequestParser::on_field_impl(http::field field, Text name, Text value, Error& error) {
    if (in_trailer_) {
        // Trailers are read over: a late Content-Length or Host must mean nothing.
        if (++trailers_ > headers_max_) refuse(431, "too many trailers", error);
        return;
    }
    if (request_.headers.size() == headers_max_) {
        return refuse(431, "too many headers", error);
    }
    request_.headers.push_back({std::string(view(name)), std::string(view(value))});
    check_framing(field, view(value), error);
}

void RequestParser::check_framing(http::field field, std::string_view value, Error& error) {
    switch (field) {
        case http::field::host:
            if (++hosts_ > 1) refuse(400, "more than one Host", error);
            break;
        case http::field::content_length:
            // Beast takes lists of equal lengths, as RFC 9112 allows; another parser may not.
            if (++lengths_ > 1) refuse(400, "more than one Content-Length", error);
            if (!is_decimal(value)) refuse(400, "Content-Length is not a number", error);
            break;
        case http::field::transfer_encoding:
            if (++encodings_ > 1) refuse(400, "more than one Transfer-Encoding", error);
            if (to_lower(value) != "chunked") {
                refuse(501, "the only Transfer-Encoding understood is chunked", error);
            }
            if (version_ == 10) refuse(400, "HTTP/1.0 has no Transfer-Encoding", error);
            break;
        case http::field::expect:
            if (to_lower(value) != "100-continue") {
                refuse(417, "the only expectation met is 100-continue", error);
            }
            expects_continue_ = version_ > 10;
            break;
        default: break;
    }
    if (lengths_ > 0 && encodings_ > 0) {
        refuse(400, "both Content-Length and Transfer-Encoding", error);
    }
}

void RequestParser::on_header_impl(Error& error) {
    in_trailer_ = true;
    if (version_ > 10 && hosts_ == 0) refuse(400, "HTTP/1.1 needs a Host", error);
}

void RequestParser::grow_body(std::string_view bytes, Error& error) {
    if (bytes.size() > body_bytes_max_ - request_.body.size()) {
        return refuse(413, "the body is too large", error);
    }
    request_.body.append(bytes);
}

std::size_t RequestParser::on_body_impl(Text body, Error& error) {
    grow_body(view(body), error);
    return body.size();
}

void RequestParser::on_chunk_header_impl(std::uint64_t size, Text extensions, Error& error) {
    constexpr std::size_t kExtensionBytesMax = 16 << 10;  // nobody reads them: CVE-2023-39326
    extension_bytes_ += extensions.size();
    if (extension_bytes_ > kExtensionBytesMax) refuse(400, "too many chunk extensions", error);
    if (size > body_bytes_max_ - request_.body.size()) {
        refuse(413, "the body is too large", error);
    }
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, Text body, Error& error) {
    grow_body(view(body), error);
    return body.size();
}

}  // namespace pinflow::net
