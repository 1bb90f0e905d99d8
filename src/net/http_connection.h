// SPDX-License-Identifier: Apache-2.0
// One connection of the HTTP server: its bytes, its deadlines, its loop. Internal to net/.
#pragma once

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
    ByteBudget& budget;

    // No body may take this quarter: it is for what becomes of bodies while they are handled. Were
    // it not there, many large bodies could fill the budget, and none of them be worked on.
    std::uint64_t bytes_left_by_bodies() const { return budget.limit_bytes() / 4; }
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

class HttpConnection {
public:
    // Lane and context outlive it. `lease`: of its buffer; without one it may only turn_away().
    HttpConnection(Socket socket, HttpLane& lane, HttpContext& context, ByteLease lease);
    ~HttpConnection();
    HttpConnection(const HttpConnection&) = delete;
    HttpConnection& operator=(const HttpConnection&) = delete;

    Task<void> serve();
    Task<void> turn_away(const char* message);  // 503, whatever it came for

    void check_deadline(SteadyTime now);
    void begin_close();  // ends it if it is idle; otherwise it ends after its answer
    void cut();

private:
    enum class Phase { idle, head, body, handling, writing, lingering };

    void enter(Phase phase, std::chrono::milliseconds limit);
    void expire();

    Task<bool> serve_one();
    Task<bool> receive_head(RequestParser& parser);
    Task<bool> receive_body(HttpRequest& request, RequestParser& parser, ByteLease& lease);
    bool admit_body(HttpRequest& request, RequestParser& parser, ByteLease& lease);
    bool make_room(HttpRequest& request, const RequestParser& parser, ByteLease& lease);
    bool take_body(HttpRequest& request, RequestParser& parser, ByteLease& lease);
    Task<bool> fill();  // false: nothing more will come, or the deadline has passed
    bool refuse(int status, const char* message);
    bool refuse_if_late();
    Task<bool> answer_refusal(bool is_head, bool is_http10);
    bool lease_answer(HttpResponse& response, std::uint64_t leased);
    void prepare(const HttpResponse& response, bool is_head, bool is_http10, bool keep_alive);
    bool send_at_once();  // all of out_, if the socket takes it without waiting
    Task<bool> send_out();
    void forget_out();
    Task<void> linger();

    std::string_view buffered() const { return {buffer_.get() + begin_, end_ - begin_}; }
    void drop(std::size_t bytes) { begin_ += bytes; }
    std::string_view date();

    Socket socket_;
    HttpLane& lane_;
    HttpContext& context_;
    ByteLease lease_;
    const std::size_t buffer_bytes_;
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
