// SPDX-License-Identifier: Apache-2.0
// An HTTP/1.1 client, made for posting: after a failure it says whether the request can have
// reached the server, and it never sends one twice by itself.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "record/http.h"

namespace pinflow::net {

struct HttpClientSettings {
    std::chrono::milliseconds connect_timeout{3'000};  // name, TCP and TLS together
    std::chrono::milliseconds total_timeout{30'000};   // one request, from start to last byte
    std::size_t answer_bytes_max = 10 << 20;           // above: too_large
    std::string ca_file;                               // PEM, of https; empty: the system's
};

// True when a failed send() may have had its effect; false when surely nothing reached the server.
bool may_have_been_sent(Errc code);

// Keeps its connections open between requests. One object, one thread. It follows no redirect, uses
// no signal, and takes a proxy from the environment (http_proxy, no_proxy) for any host but
// loopback.
class HttpClient final {
public:
    // internal: the library does not start.
    static Result<std::unique_ptr<HttpClient>> open(HttpClientSettings settings);
    ~HttpClient();
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    // Sends the request to `url` ("https://host:port/path?query"; request.target is not looked at)
    // and reads the answer, whatever its status. A stop cuts it at once. Every error's text names
    // the URL. Nothing was sent:
    //                     unavailable (refused, no such host, no connection in time),
    //                     permission (its certificate is not trusted),
    //                     invalid_argument (not a URL, or a header that is none).
    // It may have been:   timed_out, io (the connection ended, or the answer is not HTTP),
    // too_large,
    //                     cancelled.
    Result<HttpResponse> send(const std::string& url, const HttpRequest& request,
                              std::stop_token stop = {});

private:
    struct Transfer;
    explicit HttpClient(std::unique_ptr<Transfer> transfer);

    std::unique_ptr<Transfer> transfer_;
};

}  // namespace pinflow::net
