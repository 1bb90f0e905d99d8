// SPDX-License-Identifier: Apache-2.0
#include "net/response_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

namespace pinflow::net {
namespace {

bool is_control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; }

// A line break in a value would let it write headers of its own.
void append_field_text(std::string& out, std::string_view text) {
    std::size_t begin = out.size();
    out.append(text);
    std::replace_if(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(), is_control, ' ');
}

bool has_body(int status) { return status != 204 && status != 304 && status >= 200; }

}  // namespace

std::string_view reason_phrase(int status) {
    switch (status) {
        case 200: return "OK";
        case 201: return "Created";
        case 202: return "Accepted";
        case 204: return "No Content";
        case 206: return "Partial Content";
        case 207: return "Multi-Status";
        case 301: return "Moved Permanently";
        case 302: return "Found";
        case 304: return "Not Modified";
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 406: return "Not Acceptable";
        case 408: return "Request Timeout";
        case 409: return "Conflict";
        case 413: return "Content Too Large";
        case 415: return "Unsupported Media Type";
        case 417: return "Expectation Failed";
        case 421: return "Misdirected Request";
        case 422: return "Unprocessable Content";
        case 429: return "Too Many Requests";
        case 431: return "Request Header Fields Too Large";
        case 500: return "Internal Server Error";
        case 501: return "Not Implemented";
        case 503: return "Service Unavailable";
        case 504: return "Gateway Timeout";
        case 505: return "HTTP Version Not Supported";
        default: return "Unknown";
    }
}

void append_response(std::string& out, const HttpResponse& response, const AnswerFrame& frame) {
    out.append("HTTP/1.1 ").append(fmt::format_int(response.status).c_str()).append(" ");
    out.append(reason_phrase(response.status)).append("\r\n");
    for (const HttpHeader& header : response.headers) {
        append_field_text(out, header.name);
        out.append(": ");
        append_field_text(out, header.value);
        out.append("\r\n");
    }
    if (has_body(response.status)) {
        fmt::format_int length(response.body.size());
        out.append("Content-Length: ").append(length.data(), length.size()).append("\r\n");
    }
    out.append("Date: ").append(frame.date).append("\r\n");
    if (!frame.keep_alive) {
        out.append("Connection: close\r\n");
    } else if (frame.is_http10) {
        out.append("Connection: keep-alive\r\n");
    }
    out.append("\r\n");
    if (has_body(response.status) && !frame.is_head) out.append(response.body);
}

std::string http_date(std::int64_t unix_seconds) {
    static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::time_t seconds = unix_seconds;
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kDays[utc.tm_wday], utc.tm_mday,
                       kMonths[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min,
                       utc.tm_sec);
}

HttpResponse refusal(int status, std::string_view message) {
    HttpResponse response{
        .status = status,
        .headers = {{"Content-Type", "application/json"}},
        .body = fmt::format("{{\"error_code\":{},\"message\":\"{}\"}}", status, message),
        .close = true};
    if (status == 503) response.headers.push_back({"Retry-After", "1"});
    return response;
}

}  // namespace pinflow::net
