// SPDX-License-Identifier: Apache-2.0
#include "net/http_connection.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>
#include <ctime>

#include "net/header_scan.h"
#include "net/request_parser.h"
#include "net/response_text.h"

namespace pinflow::net {
namespace {

namespace asio = boost::asio;

// Only pages that are touched cost memory, so an idle connection costs one or two.
constexpr std::size_t kBufferBytes = 64 << 10;
constexpr std::size_t kOutBytesKept = 64 << 10;
constexpr std::chrono::milliseconds kLinger{2'000};
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

constexpr auto kAwait = asio::as_tuple_t<asio::use_awaitable_t<asio::io_context::executor_type>>{
    asio::use_awaitable_t<asio::io_context::executor_type>{}};

}  // namespace

bool BodyLease::grow_to(std::size_t bytes) {
    if (bytes <= bytes_) return true;
    std::size_t more = bytes - bytes_;
    std::size_t before = total_.fetch_add(more, std::memory_order_relaxed);
    bytes_ = bytes;  // given back by the destructor, also when it was too much
    return before + more <= total_max_;
}

HttpConnection::HttpConnection(Socket socket, HttpLane& lane, HttpContext& context)
    : socket_(std::move(socket)),
      lane_(lane),
      context_(context),
      buffer_(std::make_unique_for_overwrite<char[]>(kBufferBytes)) {
    lane_.connections.insert(this);
    boost::system::error_code ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    socket_.non_blocking(true, ignored);
}

HttpConnection::~HttpConnection() { lane_.connections.erase(this); }

void HttpConnection::enter(Phase phase, std::chrono::milliseconds limit) {
    phase_ = phase;
    deadline_ = std::chrono::steady_clock::now() + limit;
}

void HttpConnection::check_deadline(SteadyTime now) {
    if (phase_ != Phase::handling && now >= deadline_) expire();
}

void HttpConnection::expire() {
    is_expired_ = true;
    deadline_ = SteadyTime::max();
    boost::system::error_code ignored;
    socket_.cancel(ignored);
}

void HttpConnection::begin_close() {
    if (phase_ == Phase::idle) expire();
}

void HttpConnection::cut() {
    boost::system::error_code ignored;
    socket_.close(ignored);
}

Task<void> HttpConnection::serve() {
    while (!lane_.is_closing && co_await serve_one()) {
    }
}

// Reads one request and answers it. False: the connection is over.
Task<bool> HttpConnection::serve_one() {
    HttpRequest request;
    RequestParser parser(request, context_.settings.headers_max);
    BodyLease lease(context_.body_bytes, context_.settings.body_bytes_total_max);
    bool is_whole = co_await receive_head(parser);
    if (is_whole && !parser.is_done()) {
        is_whole = admit_body(request, parser, lease) && take_body(request, parser, lease);
        if (is_whole && !parser.is_done()) is_whole = co_await receive_body(request, parser, lease);
    }
    if (!is_whole) {
        if (refusal_status_ != 0) co_await answer_refusal(request, parser.is_http10());
        co_return false;
    }
    bool is_http10 = parser.is_http10();
    bool keep_alive = parser.keep_alive();
    bool is_head = request.method == "HEAD";
    phase_ = Phase::handling;
    HttpResponse response = co_await context_.handler.handle(std::move(request));
    keep_alive = keep_alive && !response.close && !lane_.is_closing;
    prepare(response, is_head, is_http10, keep_alive);
    bool is_sent = send_at_once() || co_await send_out();
    if (is_sent && !keep_alive && !buffered().empty()) co_await linger();
    co_return is_sent&& keep_alive;
}

Task<bool> HttpConnection::answer_refusal(const HttpRequest& request, bool is_http10) {
    HttpResponse response = refusal(refusal_status_, refusal_message_);
    if (refusal_status_ == 503) response.headers.push_back({"Retry-After", "1"});
    prepare(response, request.method == "HEAD", is_http10, false);
    if (!co_await send_out()) co_return false;
    co_await linger();
    co_return true;
}

Task<bool> HttpConnection::receive_head(RequestParser& parser) {
    const HttpServerSettings& settings = context_.settings;
    enter(Phase::idle, settings.idle_timeout);
    // An empty line before a request is read over (RFC 9112, section 2.2).
    while (buffered().size() < 2 || buffered().starts_with("\r\n")) {
        if (buffered().starts_with("\r\n")) {
            drop(2);
        } else if (!co_await fill()) {
            co_return false;
        }
    }
    enter(Phase::head, settings.header_deadline);
    HeaderScan scan;
    HeaderScan::State state;
    while ((state = scan.look(buffered())) == HeaderScan::State::incomplete &&
           buffered().size() < settings.header_bytes_max) {
        if (!co_await fill()) co_return refuse_if_late();
    }
    switch (state) {
        case HeaderScan::State::bare_line_feed: co_return refuse(400, "lines must end in CR LF");
        case HeaderScan::State::folded_line: co_return refuse(400, "folded lines are refused");
        case HeaderScan::State::incomplete: co_return refuse(431, "the head is too large");
        case HeaderScan::State::complete: break;
    }
    if (scan.end() > settings.header_bytes_max) co_return refuse(431, "the head is too large");
    drop(parser.feed(buffered().substr(0, scan.end())));
    if (parser.refused()) co_return refuse(parser.why().status, parser.why().message);
    co_return parser.is_header_done() || refuse(400, "the request's head is malformed");
}

// Decides, by the head alone, whether the body may come.
bool HttpConnection::admit_body(const HttpRequest& request, RequestParser& parser,
                                BodyLease& lease) {
    auto limit = context_.handler.body_bytes_max(request);
    std::size_t bytes_max = limit.value_or(context_.settings.body_bytes_max);
    auto length = parser.content_length();
    if (length && *length > bytes_max) return refuse(413, "the body is too large");
    if (!lease.grow_to(length.value_or(0))) {
        return refuse(503, "too many requests are in flight: try again");
    }
    parser.limit_body(bytes_max);
    return true;
}

// What has come of the body already. Most bodies come with their head.
bool HttpConnection::take_body(const HttpRequest& request, RequestParser& parser,
                               BodyLease& lease) {
    if (!buffered().empty()) drop(parser.feed(buffered()));
    if (parser.refused()) return refuse(parser.why().status, parser.why().message);
    if (!lease.grow_to(request.body.size())) {
        return refuse(503, "too many requests are in flight: try again");
    }
    if (parser.is_done() || buffered().size() < context_.settings.header_bytes_max) return true;
    return refuse(400, "a chunk's header or the trailers are too large");
}

Task<bool> HttpConnection::receive_body(HttpRequest& request, RequestParser& parser,
                                        BodyLease& lease) {
    if (parser.expects_continue() && request.body.empty() && buffered().empty()) {
        out_ = kContinue;
        if (!co_await send_out()) co_return false;
    }
    enter(Phase::body, context_.settings.body_deadline);
    while (!parser.is_done()) {
        if (!co_await fill()) co_return refuse_if_late();
        if (!take_body(request, parser, lease)) co_return false;
    }
    co_return true;
}

Task<bool> HttpConnection::fill() {
    if (begin_ == end_) {
        begin_ = end_ = 0;
    } else if (begin_ > 0) {
        std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    auto room = asio::buffer(buffer_.get() + end_, kBufferBytes - end_);
    auto [error, count] = co_await socket_.async_read_some(room, kAwait);
    end_ += count;
    co_return !error && !is_expired_;
}

bool HttpConnection::refuse(int status, const char* message) {
    refusal_status_ = status;
    refusal_message_ = message;
    return false;
}

bool HttpConnection::refuse_if_late() {
    return is_expired_ && refuse(408, "the request did not arrive in time");
}

void HttpConnection::prepare(const HttpResponse& response, bool is_head, bool is_http10,
                             bool keep_alive) {
    AnswerFrame frame{
        .is_head = is_head, .is_http10 = is_http10, .keep_alive = keep_alive, .date = date()};
    append_response(out_, response, frame);
}

// Most answers fit the socket's buffer: no need to go through the reactor for them.
bool HttpConnection::send_at_once() {
    boost::system::error_code error;
    sent_ = socket_.write_some(asio::buffer(out_), error);
    if (sent_ < out_.size()) return false;
    sent_ = 0;
    out_.clear();
    return true;
}

Task<bool> HttpConnection::send_out() {
    is_expired_ = false;
    enter(Phase::writing, context_.settings.write_deadline);
    std::string_view rest = std::string_view(out_).substr(std::exchange(sent_, 0));
    bool is_ok = true;
    while (is_ok && !rest.empty()) {
        auto [error, count] =
            co_await socket_.async_write_some(asio::buffer(rest.data(), rest.size()), kAwait);
        rest.remove_prefix(count);
        is_ok = !error && !is_expired_;
    }
    out_.clear();
    if (out_.capacity() > kOutBytesKept) out_.shrink_to_fit();
    co_return is_ok;
}

// Closing a socket with unread bytes resets the connection, and the reset may overtake the answer:
// so read for a while what the client still sends (RFC 9112, section 9.6).
Task<void> HttpConnection::linger() {
    boost::system::error_code ignored;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    enter(Phase::lingering, kLinger);
    do {
        begin_ = end_ = 0;
    } while (co_await fill());
}

std::string_view HttpConnection::date() {
    std::int64_t now = std::time(nullptr);
    if (now != lane_.date_second) {
        lane_.date_second = now;
        lane_.date = http_date(now);
    }
    return lane_.date;
}

}  // namespace pinflow::net
