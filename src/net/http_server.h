// SPDX-License-Identifier: Apache-2.0
// An HTTP/1.1 server over the reactors it is given. It is strict: whatever two parsers could read
// in two ways is refused with 400 and the end of the connection (RFC 9112, section 11.2).
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/byte_budget.h"
#include "base/reactor.h"
#include "base/result.h"
#include "base/task.h"
#include "record/http.h"

namespace pinflow::net {

class HttpHandler {
public:
    virtual ~HttpHandler() = default;

    // Runs on the connection's reactor and must not block it. Requests of one connection come one
    // after the other, the next when the answer to this one is written. The answer to HEAD may
    // carry a body: only its length is sent.
    virtual Task<HttpResponse> handle(HttpRequest request) = 0;

    // The largest body for a request of which only the head is known yet; a larger one is answered
    // with 413 before it is read. Nothing: the server's own limit.
    virtual std::optional<std::size_t> body_bytes_max(const HttpRequest& head) {
        (void)head;
        return std::nullopt;
    }
};

constexpr std::uint64_t kOwnBudgetBytes = 256 << 20;

// Of a connection, while it is open: what it reads into. Connections together have at most a
// quarter of the budget, so that idle ones leave room for requests.
constexpr std::size_t kConnectionBytes = 16 << 10;

struct HttpServerSettings {
    std::string address = "127.0.0.1:0";      // numeric, "[::1]:8082" for IPv6; port 0 picks one
    std::size_t header_bytes_max = 16 << 10;  // request line and headers; above: 431
    std::size_t headers_max = 100;            // above: 431
    std::size_t body_bytes_max = 10 << 20;    // above: 413
    std::size_t connections_max = 10'000;     // above: 503 at once

    // Connections and bodies are leases of it; without one: 503. It outlives the server. Null: the
    // server makes its own, of kOwnBudgetBytes.
    ByteBudget* budget = nullptr;

    std::chrono::milliseconds idle_timeout{75'000};     // between two requests: closed silently
    std::chrono::milliseconds header_deadline{10'000};  // from a request's first byte: 408
    std::chrono::milliseconds body_deadline{60'000};    // for the whole body: 408
    std::chrono::milliseconds write_deadline{30'000};   // for one answer: closed
    std::chrono::milliseconds close_grace{5'000};       // what close() grants requests in flight
};

class HttpServer final {
public:
    // Listens and serves until close(). One connection stays on one reactor; they are dealt out in
    // turn. The reactors and the handler must outlive the server, and the handler every request in
    // it (that is, until close() has said true, or the reactors are stopped). busy: the address is
    // taken; invalid_argument: it is no address; permission, io.
    static Result<std::unique_ptr<HttpServer>> open(std::vector<Reactor*> reactors,
                                                    HttpServerSettings settings,
                                                    HttpHandler& handler);
    ~HttpServer();  // closes
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    std::string address() const;  // "127.0.0.1:41234", as bound
    std::uint16_t port() const;

    // Stops listening, ends idle connections, lets requests in flight be answered within the grace
    // time, then cuts what is left. True when nothing is left. Idempotent; not from a reactor.
    bool close();

private:
    struct Shared;
    explicit HttpServer(std::shared_ptr<Shared> shared);

    std::shared_ptr<Shared> shared_;
};

// Ok when a server could listen on the address now; else the error that it would get. Any thread.
Status check_can_listen(const std::string& address);

}  // namespace pinflow::net
