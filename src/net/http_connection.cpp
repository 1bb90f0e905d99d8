// SPDX-License-Identifier: Apache-2.0
#include "net/http_connection.h"

#include <algorithm>
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

constexpr std::size_t kTurnedAwayBytes = 512;    // read at once of what nobody will look at
constexpr std::size_t kOutBytesKept = 16 << 10;  // for the next answer
constexpr std::size_t kOutBytesFree = 64 << 10;  // an answer up to here needs no lease
constexpr std::chrono::milliseconds kLinger{2'000};
constexpr const char* kNoRoom = "too many bytes are in flight: try again";
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

constexpr auto kAwait = asio::as_tuple_t<asio::use_awaitable_t<asio::io_context::executor_type>>{
    asio::use_awaitable_t<asio::io_context::executor_type>{}};

}  // namespace

HttpConnection::HttpConnection(Socket socket, HttpLane& lane, HttpContext& context, ByteLease lease)
    : socket_(std::move(socket)),
      lane_(lane),
      context_(context),
      lease_(std::move(lease)),
      buffer_bytes_(lease_.bytes() > 0 ? lease_.bytes() : kTurnedAwayBytes),
      buffer_(std::make_unique_for_overwrite<char[]>(buffer_bytes_)) {
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

Task<void> HttpConnection::turn_away(const char* message) {
    refuse(503, message);
    co_await answer_refusal(false, false);
}

// Reads one request and answers it. False: the connection is over.
Task<bool> HttpConnection::serve_one() {
    HttpRequest request;
    RequestParser parser(request, context_.settings.headers_max);
    ByteLease lease;  // of the body, and of the answer that takes its place
    bool is_whole = co_await receive_head(parser);
    if (is_whole && !parser.is_done()) {
        is_whole = admit_body(request, parser, lease) && take_body(request, parser, lease);
        if (is_whole && !parser.is_done()) is_whole = co_await receive_body(request, parser, lease);
    }
    if (!is_whole) {
        bool is_head = request.method == "HEAD";
        if (refusal_status_ != 0) co_await answer_refusal(is_head, parser.is_http10());
        co_return false;
    }
    bool is_http10 = parser.is_http10();
    bool keep_alive = parser.keep_alive();
    bool is_head = request.method == "HEAD";
    bool is_safe = is_head || request.method == "GET";
    phase_ = Phase::handling;
    HttpResponse response = co_await context_.handler.handle(std::move(request));
    // What only tells something may be asked for again. An answer to a write is sent all the same:
    // what it tells is done.
    if (!lease_answer(response, lease.bytes()) && is_safe) {
        response = refusal(503, "the answer is too large for now: try again");
    }
    keep_alive = keep_alive && !response.close && !lane_.is_closing;
    prepare(response, is_head, is_http10, keep_alive);
    response.body = std::string();  // it stands in out_
    bool is_sent = send_at_once() || co_await send_out();
    if (is_sent && !keep_alive && !buffered().empty()) co_await linger();
    co_return is_sent&& keep_alive;
}

// `leased`: already, by the request. False: there is no lease for the rest.
bool HttpConnection::lease_answer(HttpResponse& response, std::uint64_t leased) {
    std::size_t bytes = response.body.size();
    leased += response.lease.bytes();
    if (bytes <= kOutBytesFree || bytes <= leased) return true;
    if (response.lease.bytes() > 0) return response.lease.try_grow(bytes - leased);
    auto lease = context_.budget.try_lease(bytes - leased);
    if (lease) response.lease = *std::move(lease);
    return lease.has_value();
}

Task<bool> HttpConnection::answer_refusal(bool is_head, bool is_http10) {
    prepare(refusal(refusal_status_, refusal_message_), is_head, is_http10, false);
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

// Decides, by the head alone, whether the body may come. A stated length is leased at once.
bool HttpConnection::admit_body(HttpRequest& request, RequestParser& parser, ByteLease& lease) {
    auto limit = context_.handler.body_bytes_max(request);
    std::size_t bytes_max = limit.value_or(context_.settings.body_bytes_max);
    auto length = parser.content_length();
    if (length && *length > bytes_max) return refuse(413, "the body is too large");
    auto granted = context_.budget.try_lease(length.value_or(0), context_.bytes_left_by_bodies());
    if (!granted) return refuse(503, kNoRoom);
    lease = *std::move(granted);
    request.body.reserve(lease.bytes());
    parser.limit_body(bytes_max);
    return true;
}

// For what is buffered, should all of it be of the body. A body of no stated length grows by
// doubling; while it moves both places are leased.
bool HttpConnection::make_room(HttpRequest& request, const RequestParser& parser,
                               ByteLease& lease) {
    std::size_t bytes = request.body.size() + buffered().size();
    if (parser.content_length() || bytes <= lease.bytes()) return true;
    std::size_t room = std::max(bytes, std::min(2 * lease.bytes(), parser.body_bytes_max()));
    if (!lease.try_grow(room, context_.bytes_left_by_bodies())) return refuse(503, kNoRoom);
    request.body.reserve(room);
    lease.shrink_to(room);
    return true;
}

// What has come of the body already. Most bodies come with their head.
bool HttpConnection::take_body(HttpRequest& request, RequestParser& parser, ByteLease& lease) {
    if (!make_room(request, parser, lease)) return false;
    if (!buffered().empty()) drop(parser.feed(buffered()));
    if (parser.refused()) return refuse(parser.why().status, parser.why().message);
    if (parser.is_done() || buffered().size() < context_.settings.header_bytes_max) return true;
    return refuse(400, "a chunk's header or the trailers are too large");
}

Task<bool> HttpConnection::receive_body(HttpRequest& request, RequestParser& parser,
                                        ByteLease& lease) {
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
    auto room = asio::buffer(buffer_.get() + end_, buffer_bytes_ - end_);
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
    forget_out();
    return true;
}

void HttpConnection::forget_out() {
    sent_ = 0;
    out_.clear();
    if (out_.capacity() > kOutBytesKept) out_.shrink_to_fit();
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
    forget_out();
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
