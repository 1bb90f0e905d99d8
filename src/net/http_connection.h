// SPDX-License-Identifier: Apache-2.0
// One connection of the HTTP server: its bytes, its deadlines, its loop. Internal to net/.
#pragma once

#include <atomic>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/task.h"
#include "net/http_server.h"

namespace pinflow::net {

class HttpConnection;
class RequestParser;

using Socket =
    boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;
using SteadyTime = std::chrono::steady_clock::time_point;

// What all connections of one server share. Any of its reactors.
struct HttpContext {
    HttpServerSettings settings;
    HttpHandler& handler;
    std::atomic<std::size_t> body_bytes{0};  // of requests being read or handled
};

// What the connections of one reactor share. That reactor only.
struct HttpLane {
    Reactor& reactor;
    std::unordered_set<HttpConnection*> connections;
    bool is_closing = false;
    bool is_watched = false;  // somebody looks at the deadlines
    std::int64_t date_second = -1;
    std::string date;
};

// Bytes of a request's body, counted against the whole server's bound until the request is done.
class BodyLease {
public:
    BodyLease(std::atomic<std::size_t>& total, std::size_t total_max)
        : total_(total), total_max_(total_max) {}
    ~BodyLease() { total_.fetch_sub(bytes_, std::memory_order_relaxed); }
    BodyLease(const BodyLease&) = delete;
    BodyLease& operator=(const BodyLease&) = delete;

    bool grow_to(std::size_t bytes);  // false: there is no room now

private:
    std::atomic<std::size_t>& total_;
    std::size_t total_max_;
    std::size_t bytes_ = 0;
};

class HttpConnection {
public:
    // Lane and context outlive it.
    HttpConnection(Socket socket, HttpLane& lane, HttpContext& context);
    ~HttpConnection();
    HttpConnection(const HttpConnection&) = delete;
    HttpConnection& operator=(const HttpConnection&) = delete;

    Task<void> serve();

    void check_deadline(SteadyTime now);
    void begin_close();  // ends it if it is idle; otherwise it ends after its answer
    void cut();

private:
    enum class Phase { idle, head, body, handling, writing, lingering };

    void enter(Phase phase, std::chrono::milliseconds limit);
    void expire();

    Task<bool> serve_one();
    Task<bool> receive_head(RequestParser& parser);
    Task<bool> receive_body(HttpRequest& request, RequestParser& parser, BodyLease& lease);
    bool admit_body(const HttpRequest& request, RequestParser& parser, BodyLease& lease);
    bool take_body(const HttpRequest& request, RequestParser& parser, BodyLease& lease);
    Task<bool> fill();  // false: nothing more will come, or the deadline has passed
    bool refuse(int status, const char* message);
    bool refuse_if_late();
    Task<bool> answer_refusal(const HttpRequest& request, bool is_http10);
    void prepare(const HttpResponse& response, bool is_head, bool is_http10, bool keep_alive);
    bool send_at_once();  // all of out_, if the socket takes it without waiting
    Task<bool> send_out();
    Task<void> linger();

    std::string_view buffered() const { return {buffer_.get() + begin_, end_ - begin_}; }
    void drop(std::size_t bytes) { begin_ += bytes; }
    std::string_view date();

    Socket socket_;
    HttpLane& lane_;
    HttpContext& context_;
    std::unique_ptr<char[]> buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::string out_;
    std::size_t sent_ = 0;  // of out_
    Phase phase_ = Phase::idle;
    SteadyTime deadline_ = SteadyTime::max();
    bool is_expired_ = false;
    int refusal_status_ = 0;
    const char* refusal_message_ = "";
};

}  // namespace pinflow::net
