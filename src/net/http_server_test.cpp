// SPDX-License-Identifier: Apache-2.0
// Long because it is one table-like list of promises over one raw-socket fixture: the framing cases
// are read side by side.
#include "net/http_server.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <future>
#include <mutex>

#include "net/header_scan.h"
#include "net/http_server_test_client.h"
#include "net/response_text.h"

namespace pinflow::net {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using std::chrono_literals::operator""ms;

// Answers with what it saw: "POST /path 5:hello". "/hold" waits until the test lets it go.
class EchoHandler final : public HttpHandler {
public:
    Task<HttpResponse> handle(HttpRequest request) override {
        if (request.target == "/hold") {
            held_.set_value();
            released_.get_future().wait();  // this reactor stands still, which the tests want
        }
        HttpResponse response;
        response.headers = {{"Content-Type", "text/plain"}};
        response.close = request.target == "/close";
        response.status = request.target == "/204" ? 204 : 200;
        response.body = request.method + " " + request.target + " " +
                        std::to_string(request.body.size()) + ":" + request.body.substr(0, 100);
        std::lock_guard lock(mutex_);
        seen_.push_back(std::move(request));
        co_return response;
    }
    std::optional<std::size_t> body_bytes_max(const HttpRequest& head) override {
        if (head.target.starts_with("/small")) return 10;
        return std::nullopt;
    }

    std::vector<HttpRequest> seen() {
        std::lock_guard lock(mutex_);
        return seen_;
    }
    void wait_until_held() { held_.get_future().wait(); }
    void release() { released_.set_value(); }

private:
    std::mutex mutex_;
    std::vector<HttpRequest> seen_;
    std::promise<void> held_;
    std::promise<void> released_;
};

class http_server : public ::testing::Test {
protected:
    void open(HttpServerSettings settings = {}) {
        auto opened = HttpServer::open({&first_, &second_}, settings, handler_);
        ASSERT_TRUE(opened) << opened.error().text;
        server_ = std::move(*opened);
    }
    std::uint16_t port() { return server_->port(); }
    std::string exchange(std::string_view request) {
        RawClient client(port());
        client.send(request);
        return client.read_answer();
    }

    EchoHandler handler_;
    Reactor first_{"first"};
    Reactor second_{"second"};
    std::unique_ptr<HttpServer> server_;
};

TEST_F(http_server, answers_and_keeps_the_connection) {
    open();
    RawClient client(port());
    for (int i = 0; i < 3; ++i) {
        client.send(post("/a?b=%20", "hello", "X-Odd:  two  words \r\n"));
        std::string answer = client.read_answer();
        EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
        EXPECT_THAT(answer, HasSubstr("\r\nContent-Type: text/plain\r\n"));
        EXPECT_THAT(answer, HasSubstr(" GMT\r\n"));
        EXPECT_THAT(answer, Not(HasSubstr("Connection: ")));
        EXPECT_THAT(answer, HasSubstr("\r\n\r\nPOST /a?b=%20 5:hello"));
    }
    EXPECT_EQ(handler_.seen().front().header("x-odd"), "two  words");
}

TEST_F(http_server, answers_pipelined_requests_in_order) {
    open();
    RawClient client(port());
    std::string requests;
    for (std::size_t i = 0; i < 50; ++i) {
        requests += post("/" + std::to_string(i), std::string(i * 20, 'x'));
    }
    client.send(requests);
    for (int i = 0; i < 50; ++i) {
        EXPECT_THAT(client.read_answer(), HasSubstr("POST /" + std::to_string(i) + " "));
    }
}

TEST_F(http_server, request_may_come_byte_by_byte) {
    open();
    RawClient client(port());
    std::string request = "\r\n" + post("/a", "hello") +
                          "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                          "3;name=\"v\"\r\nabc\r\n00002\r\nde\r\n0\r\nTrailer: x\r\n\r\n";
    for (char c : request) client.send(std::string_view(&c, 1));
    EXPECT_THAT(client.read_answer(), HasSubstr("POST /a 5:hello"));
    EXPECT_THAT(client.read_answer(), HasSubstr("POST /b 5:abcde"));
}

TEST_F(http_server, large_bodies_arrive_whole) {
    open();
    std::string body(10 << 20, 'x');
    EXPECT_THAT(exchange(post("/big", body)), HasSubstr("POST /big 10485760:xxx"));
    std::string chunked = "POST /big HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (int i = 0; i < 160; ++i) chunked += "10000\r\n" + body.substr(0, 0x10000) + "\r\n";
    EXPECT_THAT(exchange(chunked + "0\r\n\r\n"), HasSubstr("POST /big 10485760:xxx"));
    EXPECT_EQ(handler_.seen().back().body, body);
}

TEST_F(http_server, head_is_answered_with_the_length_alone) {
    open();
    RawClient client(port());
    client.send("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_THAT(client.read_answer(false), HasSubstr("Content-Length: 10\r\n"));
    EXPECT_THAT(client.read_answer(), HasSubstr("GET /b 0:"));
}

TEST_F(http_server, no_content_has_neither_body_nor_length) {
    open();
    std::string answer = exchange("GET /204 HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 204 No Content\r\n"));
    EXPECT_THAT(answer, Not(HasSubstr("Content-Length")));
}

TEST_F(http_server, connection_ends_when_either_side_says_so) {
    open();
    for (std::string_view request :
         {"GET / HTTP/1.1\r\nHost: h\r\nConnection: Close\r\n\r\n", "GET / HTTP/1.0\r\n\r\n",
          "GET /close HTTP/1.1\r\nHost: h\r\n\r\n"}) {
        RawClient client(port());
        client.send(request);
        EXPECT_THAT(client.read_answer(), HasSubstr("\r\nConnection: close\r\n"));
        EXPECT_TRUE(client.is_ended());
    }
}

TEST_F(http_server, http_1_0_client_may_ask_to_keep_the_connection) {
    open();
    RawClient client(port());
    for (int i = 0; i < 2; ++i) {
        client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        EXPECT_THAT(client.read_answer(), HasSubstr("\r\nConnection: keep-alive\r\n"));
    }
}

TEST_F(http_server, waiting_client_is_told_to_send_its_body) {
    open();
    RawClient client(port());
    client.send("POST /a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    EXPECT_EQ(client.read_answer(), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("hello");
    EXPECT_THAT(client.read_answer(), HasSubstr("POST /a 5:hello"));
}

TEST_F(http_server, waiting_client_is_refused_before_it_sends_too_much) {
    open();
    RawClient client(port());
    client.send(
        "POST /small HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
        "Content-Length: 11\r\n\r\n");
    EXPECT_THAT(client.read_answer(), StartsWith("HTTP/1.1 413 "));
}

TEST_F(http_server, absolute_form_is_served_as_its_path) {
    open();
    EXPECT_THAT(exchange("GET http://other/a?b HTTP/1.1\r\nHost: h\r\n\r\n"),
                HasSubstr("GET /a?b 0:"));
}

struct Refused {
    std::string bytes;
    int status;
};

std::vector<Refused> refused_requests() {
    using std::string_literals::operator""s;
    const std::string host = "Host: h\r\n";
    auto head = [&](const std::string& lines) {
        return "POST / HTTP/1.1\r\n" + host + lines + "\r\n";
    };
    std::string chunked = head("Transfer-Encoding: chunked\r\n");
    return {
        // Two framings, or one that two parsers read in two ways.
        {head("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n", 400},
        {head("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n") + "0\r\n\r\n", 400},
        {head("Content-Length: 5\r\nContent-Length: 6\r\n") + "hello!", 400},
        {head("Content-Length: 5\r\nContent-Length: 5\r\n") + "hello", 400},
        {head("Content-Length: 5, 5\r\n") + "hello", 400},
        {head("Content-Length: 5,6\r\n") + "hello", 400},
        {head("Content-Length: +5\r\n") + "hello", 400},
        {head("Content-Length: -5\r\n") + "hello", 400},
        {head("Content-Length: 0x5\r\n") + "hello", 400},
        {head("Content-Length: 5 5\r\n") + "hello", 400},
        {head("Content-Length: 5.0\r\n") + "hello", 400},
        {head("Content-Length: \r\n") + "hello", 400},
        {head("Content-Length: a\r\n") + "hello", 400},
        {head("Content-Length: \"5\"\r\n") + "hello", 400},
        {head("Content-Length: 18446744073709551616\r\n") + "hello", 400},
        {head("Content-Length: 99999999999999999999999\r\n") + "hello", 400},
        {head("Content-Length : 5\r\n") + "hello", 400},
        {head(" Content-Length: 5\r\n") + "hello", 400},
        {head("Content-Length\t: 5\r\n") + "hello", 400},
        {head("Content-Length: 5\r\n 0\r\n") + "hello", 400},
        {head("X: a\r\n\tb\r\n"), 400},
        {head("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n", 400},
        {head("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n") + "0\r\n\r\n", 400},
        {head("Transfer-Encoding: identity\r\n"), 501},
        {head("Transfer-Encoding: gzip, chunked\r\n") + "0\r\n\r\n", 501},
        {head("Transfer-Encoding: chunked, gzip\r\n") + "0\r\n\r\n", 501},
        {head("Transfer-Encoding: xchunked\r\n") + "0\r\n\r\n", 501},
        {head("Transfer-Encoding: \"chunked\"\r\n") + "0\r\n\r\n", 501},
        {head("Transfer-Encoding:\r\n") + "0\r\n\r\n", 501},
        {head("Transfer-Encoding:\x0B"
              "chunked\r\n") +
             "0\r\n\r\n",
         400},
        {head("Transfer-Encoding : chunked\r\n") + "0\r\n\r\n", 400},
        {head("Transfer\xADsEncoding: chunked\r\n") + "0\r\n\r\n", 400},
        {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        // Line ends and characters that do not belong.
        {"GET / HTTP/1.1\nHost: h\n\n", 400},
        {"GET / HTTP/1.1\r\nHost: h\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: h\r\n\n", 400},
        {"GET / HTTP/1.1\r\nHost: h\rX: y\r\n\r\n", 400},
        {"GET / HTTP/1.1\rHost: h\r\n\r\n", 505},
        {"\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        {head("X: a\0b\r\n"s), 400},
        {head("X\0: b\r\n"s), 400},
        {head("X: a\x7F\r\n"), 400},
        {head("X: a\x01\r\n"), 400},
        {head("X\r\n"), 400},
        {head(": x\r\n"), 400},
        {head("X(: y\r\n"), 400},
        {head("X\xC3\xA9: y\r\n"), 400},
        // The request line.
        {"GET  / HTTP/1.1\r\n" + host + "\r\n", 400},
        {"GET /  HTTP/1.1\r\n" + host + "\r\n", 505},
        {"GET / x HTTP/1.1\r\n" + host + "\r\n", 505},
        {"GET\t/ HTTP/1.1\r\n" + host + "\r\n", 400},
        {" GET / HTTP/1.1\r\n" + host + "\r\n", 400},
        {"G@T / HTTP/1.1\r\n" + host + "\r\n", 400},
        {"GET /\x01 HTTP/1.1\r\n" + host + "\r\n", 400},
        {"GET /a\0b HTTP/1.1\r\n"s + host + "\r\n", 400},
        {"GET a HTTP/1.1\r\n" + host + "\r\n", 400},
        {"GET * HTTP/1.1\r\n" + host + "\r\n", 400},
        {"GET ftp://h/ HTTP/1.1\r\n" + host + "\r\n", 400},
        {"CONNECT h:80 HTTP/1.1\r\n" + host + "\r\n", 400},
        {"GET /\r\n\r\n", 400},  // HTTP/0.9
        {"GET / HTTP/1.2\r\n" + host + "\r\n", 505},
        {"GET / HTTP/2.0\r\n" + host + "\r\n", 505},
        {"GET / HTTP/0.9\r\n" + host + "\r\n", 505},
        {"GET / http/1.1\r\n" + host + "\r\n", 505},
        {"GET / HTTP/11\r\n" + host + "\r\n", 505},
        {"GET / HTTP/1.1 \r\n" + host + "\r\n", 505},
        {"GET / HTTP/1.1x\r\n" + host + "\r\n", 505},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        {"\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03\r\n\r\n"s, 400},  // TLS
        // Host and Expect.
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
        {head("Expect: 200-ok\r\nContent-Length: 5\r\n"), 417},
        // Chunks.
        {chunked + "g\r\nx\r\n0\r\n\r\n", 400},
        {chunked + "-1\r\nx\r\n0\r\n\r\n", 400},
        {chunked + "+1\r\nx\r\n0\r\n\r\n", 400},
        {chunked + "0x1\r\nx\r\n0\r\n\r\n", 400},
        {chunked + " 1\r\nx\r\n0\r\n\r\n", 400},
        {chunked + "\r\nx\r\n0\r\n\r\n", 400},
        {chunked + "1\nx\r\n0\r\n\r\n", 400},
        {chunked + "1\rx\r\n0\r\n\r\n", 400},
        {chunked + "1\r\nxy\r\n0\r\n\r\n", 400},
        {chunked + "1\r\nx\n0\r\n\r\n", 400},
        {chunked + "1\r\nx0\r\n\r\n", 400},
        {chunked + "1;\r\nx\r\n0\r\n\r\n", 400},
        {chunked + "1;a=\"b\r\nx\r\n0\r\n\r\n" + std::string(20'000, 'x'), 400},
        {chunked + "1;a\nb\r\nx\r\n0\r\n\r\n", 400},
        {chunked + "10000000000000001\r\nx\r\n0\r\n\r\n", 400},
        {chunked + "ffffffffffffffff\r\nx", 413},
        {chunked + "a00001\r\nx", 413},
        {chunked + "5\r\nhello\r\na00000\r\nx", 413},
        {chunked + "1;a=" + std::string(20'000, 'b'), 400},
        {chunked + "0\r\nX: y\n\r\n\r\n", 400},
        {chunked + "0\r\nno colon\r\n\r\n", 400},
        {chunked + "0\r\nX: " + std::string(70'000, 'y'), 400},
        // Too much.
        {head("X: " + std::string(16 << 10, 'y') + "\r\n"), 431},
        {"GET /" + std::string(17 << 10, 'y'), 431},
        {"GET / HTTP/1.1\r\nX: " + std::string(17 << 10, 'y'), 431},
        {head("Content-Length: 10485761\r\n"), 413},
        {"POST /small HTTP/1.1\r\n" + host + "Content-Length: 11\r\n\r\n", 413},
        {"POST /small HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nb\r\n", 413},
    };
}

// After each there is a second, hidden request: it must never reach the handler.
TEST_F(http_server, refuses_ambiguous_requests_and_ends_the_connection) {
    open();
    for (const Refused& row : refused_requests()) {
        RawClient client(port());
        client.send(row.bytes + "GET /hidden HTTP/1.1\r\nHost: h\r\n\r\n");
        client.finish_sending();
        std::string all = client.read_to_end();
        std::string status = "HTTP/1.1 " + std::to_string(row.status) + " ";
        EXPECT_THAT(all, StartsWith(status)) << row.bytes.substr(0, 200);
        EXPECT_THAT(all, HasSubstr("{\"error_code\":" + std::to_string(row.status) + ","));
        EXPECT_THAT(all, HasSubstr("\r\nConnection: close\r\n"));
        EXPECT_EQ(all.find("HTTP/1.1 200"), std::string::npos) << row.bytes.substr(0, 200);
    }
    EXPECT_TRUE(handler_.seen().empty()) << handler_.seen().front().target;
}

TEST_F(http_server, header_limits_hold_exactly) {
    open();
    auto with_headers = [](std::size_t count) {
        std::string request = "GET / HTTP/1.1\r\nHost: h\r\n";
        for (std::size_t i = 1; i < count; ++i) request += "X: y\r\n";
        return request + "\r\n";
    };
    EXPECT_THAT(exchange(with_headers(100)), StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(exchange(with_headers(101)), StartsWith("HTTP/1.1 431 "));
    std::string start = "GET / HTTP/1.1\r\nHost: h\r\nX: ";
    auto of_bytes = [&](std::size_t bytes) {
        return start + std::string(bytes - start.size() - 4, 'y') + "\r\n\r\n";
    };
    EXPECT_THAT(exchange(of_bytes(16 << 10)), StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(exchange(of_bytes((16 << 10) + 1)), StartsWith("HTTP/1.1 431 "));
}

TEST_F(http_server, body_limit_holds_exactly) {
    open();
    EXPECT_THAT(exchange(post("/small", "0123456789")), HasSubstr("10:0123456789"));
    std::string chunked = "POST /small HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    EXPECT_THAT(exchange(chunked + "9\r\n012345678\r\n1\r\n9\r\n0\r\n\r\n"), HasSubstr("10:01234"));
    EXPECT_THAT(exchange(chunked + "9\r\n012345678\r\n2\r\n9a\r\n0\r\n\r\n"),
                StartsWith("HTTP/1.1 413 "));
}

// The client is still sending when the refusal comes: it must be able to read it all the same.
TEST_F(http_server, refusal_reaches_a_client_that_keeps_sending) {
    open();
    RawClient client(port());
    client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 20000000\r\n\r\n");
    EXPECT_TRUE(client.send(std::string(8'000'000, 'x')));
    client.finish_sending();
    EXPECT_THAT(client.read_to_end(), HasSubstr("413 Content Too Large"));
}

TEST_F(http_server, cut_requests_are_dropped_unanswered) {
    open();
    std::string whole = post("/a", "hello");
    for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
        RawClient client(port());
        client.send(whole.substr(0, bytes));
        client.finish_sending();
        EXPECT_EQ(client.read_to_end(), "") << bytes;
    }
    EXPECT_TRUE(handler_.seen().empty());
}

TEST_F(http_server, slow_head_is_ended_with_408) {
    open({.header_deadline = 50ms});
    RawClient client(port());
    client.send("GET / HTTP/1.1\r\nHost: ");
    EXPECT_THAT(client.read_answer(), StartsWith("HTTP/1.1 408 "));
    EXPECT_TRUE(client.is_ended());
}

TEST_F(http_server, trickled_head_does_not_extend_its_deadline) {
    open({.header_deadline = 60ms});
    RawClient client(port());
    client.send("GET / HTTP/1.1\r\nHost: h\r\nX: ");
    while (!client.has_news(5) && client.send("y")) {
    }
    EXPECT_THAT(client.read_answer(), StartsWith("HTTP/1.1 408 "));
    EXPECT_TRUE(handler_.seen().empty());
}

TEST_F(http_server, slow_body_is_ended_with_408) {
    open({.body_deadline = 50ms});
    RawClient client(port());
    client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhe");
    EXPECT_THAT(client.read_answer(), StartsWith("HTTP/1.1 408 "));
}

TEST_F(http_server, idle_connection_is_ended_silently) {
    open({.idle_timeout = 50ms});
    RawClient client(port());
    client.send(post("/", ""));
    EXPECT_THAT(client.read_answer(), StartsWith("HTTP/1.1 200 "));
    EXPECT_TRUE(client.is_ended());
}

// The answers fill both sockets' buffers, nobody reads, and the server must let go.
TEST_F(http_server, client_that_does_not_read_is_cut) {
    open({.write_deadline = 50ms});
    RawClient client(port());
    std::string requests;
    for (int i = 0; i < 1'000; ++i) {
        requests += "GET /" + std::string(8'000, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n";
    }
    bool is_open = true;
    for (int i = 0; i < 100 && is_open; ++i) is_open = client.send(requests);
    EXPECT_FALSE(is_open);
}

TEST_F(http_server, too_many_connections_are_told_so) {
    open({.connections_max = 2});
    RawClient one(port());
    RawClient two(port());
    one.send(post("/", ""));
    two.send(post("/", ""));
    EXPECT_THAT(one.read_answer(), StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(two.read_answer(), StartsWith("HTTP/1.1 200 "));
    RawClient three(port());
    EXPECT_THAT(three.read_answer(), HasSubstr("503 Service Unavailable"));
    EXPECT_TRUE(three.is_ended());
}

TEST_F(http_server, close_lets_the_request_in_flight_be_answered) {
    open();
    RawClient busy(port());
    RawClient idle(port());
    idle.send(post("/", ""));
    EXPECT_THAT(idle.read_answer(), StartsWith("HTTP/1.1 200 "));
    busy.send("GET /hold HTTP/1.1\r\nHost: h\r\n\r\n");
    handler_.wait_until_held();
    auto closed = std::async(std::launch::async, [&] { return server_->close(); });
    handler_.release();
    EXPECT_THAT(busy.read_answer(), HasSubstr("GET /hold"));
    EXPECT_TRUE(busy.is_ended());
    EXPECT_TRUE(idle.is_ended());
    EXPECT_TRUE(closed.get());
    EXPECT_TRUE(server_->close()) << "a second close is nothing";
}

TEST_F(http_server, close_cuts_what_outlasts_its_grace) {
    open({.close_grace = 50ms});
    RawClient client(port());
    client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhe");
    client.send("l");
    // The connection is certainly being served once another one, accepted later, has been answered.
    for (int i = 0; i < 2; ++i) EXPECT_THAT(exchange(post("/", "")), StartsWith("HTTP/1.1 200 "));
    EXPECT_TRUE(server_->close());
    EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(http_server, taken_address_is_busy_and_nonsense_is_refused) {
    open();
    auto again = HttpServer::open({&first_}, {.address = server_->address()}, handler_);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, Errc::busy);
    EXPECT_THAT(again.error().text, HasSubstr(server_->address()));
    for (const char* address :
         {"", "127.0.0.1", "example.org:80", "127.0.0.1:x", "127.0.0.1:70000", ":1"}) {
        auto opened = HttpServer::open({&first_}, {.address = address}, handler_);
        ASSERT_FALSE(opened) << address;
        EXPECT_EQ(opened.error().code, Errc::invalid_argument);
    }
}

TEST_F(http_server, many_connections_at_once_are_all_served) {
    open();
    std::vector<std::future<int>> clients;
    for (int i = 0; i < 16; ++i) {
        clients.push_back(std::async(std::launch::async, [this] {
            int answered = 0;
            for (int round = 0; round < 20; ++round) {
                if (exchange(post("/x", "hello")).ends_with("POST /x 5:hello")) ++answered;
            }
            return answered;
        }));
    }
    for (auto& client : clients) EXPECT_EQ(client.get(), 20);
}

std::size_t open_descriptors() {
    auto entries = std::filesystem::directory_iterator("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

// Clients of the course open a connection for each request and never say goodbye (course.md §3.3,
// row 17).
TEST_F(http_server, connections_that_go_leave_nothing_behind) {
    open();
    exchange(post("/", ""));
    std::size_t before = open_descriptors();
    for (int i = 0; i < 300; ++i) exchange(post("/", ""));
    EXPECT_TRUE(server_->close());
    EXPECT_LE(open_descriptors(), before);
}

TEST(header_scan, end_is_found_however_the_bytes_are_cut) {
    std::string head = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    for (std::size_t cut = 0; cut <= head.size(); ++cut) {
        HeaderScan scan;
        bool is_whole = cut == head.size();
        EXPECT_EQ(scan.look(head.substr(0, cut)) == HeaderScan::State::complete, is_whole);
        if (!is_whole) EXPECT_EQ(scan.look(head + "\nbody"), HeaderScan::State::complete);
        EXPECT_EQ(scan.end(), head.size());
    }
}

TEST(response_text, header_values_cannot_write_headers_of_their_own) {
    std::string text;
    append_response(text, {.headers = {{"A", "b\r\nEvil: 1"}}}, {.date = "now"});
    EXPECT_EQ(text, "HTTP/1.1 200 OK\r\nA: b  Evil: 1\r\nContent-Length: 0\r\nDate: now\r\n\r\n");
}

TEST(response_text, date_is_an_imf_fixdate) {
    EXPECT_EQ(http_date(784'111'777), "Sun, 06 Nov 1994 08:49:37 GMT");  // RFC 9110, section 5.6.7
}

}  // namespace
}  // namespace pinflow::net
