// SPDX-License-Identifier: Apache-2.0
#include "net/http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "net/http_client_test_server.h"

namespace pinflow::net {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using namespace std::chrono_literals;

HttpRequest post(std::string body) {
    return {.method = "POST", .headers = {{"Content-Type", "text/x"}}, .body = std::move(body)};
}

std::unique_ptr<HttpClient> client(HttpClientSettings settings = {}) {
    return HttpClient::open(settings).value();
}

TEST(HttpClient, sends_method_path_headers_and_body_as_given) {
    ScriptedServer server([](const SeenRequest&) { return answer(201, "made"); });
    HttpRequest request{.method = "PUT",
                        .headers = {{"Content-Type", "a/b"}, {"X-One", "1"}, {"X-Empty", ""}},
                        .body = std::string("zero\0byte", 9)};
    auto response = client()->send(server.url() + "/a/b?c=%20d", request);
    ASSERT_TRUE(response) << response.error().text;
    EXPECT_EQ(response->status, 201);
    EXPECT_EQ(response->body, "made");
    ASSERT_EQ(response->headers.size(), 2u);
    EXPECT_EQ(response->headers[0].name, "Content-Type");
    EXPECT_EQ(response->headers[0].value, "application/json");
    SeenRequest seen = server.seen().at(0);
    EXPECT_EQ(seen.line(), "PUT /a/b?c=%20d HTTP/1.1");
    EXPECT_THAT(seen.head, HasSubstr("\r\nContent-Type: a/b\r\n"));
    EXPECT_THAT(seen.head, HasSubstr("\r\nX-One: 1\r\nX-Empty:\r\n"));
    EXPECT_THAT(seen.head, Not(HasSubstr("Expect")));
    EXPECT_EQ(seen.body, request.body);
}

TEST(HttpClient, claims_no_content_type_of_its_own_and_sends_get_without_body) {
    ScriptedServer server([](const SeenRequest&) { return answer(200, "{}"); });
    auto http = client();
    ASSERT_TRUE(http->send(server.url() + "/", {.method = "POST", .body = "x"}));
    ASSERT_TRUE(http->send(server.url() + "/", {.method = "GET"}));
    ASSERT_TRUE(http->send(server.url() + "/", {.method = "DELETE"}));
    ASSERT_TRUE(http->send(server.url() + "/", {.method = "POST"}));
    auto seen = server.seen();
    EXPECT_THAT(seen[0].head, Not(HasSubstr("Content-Type")));
    EXPECT_THAT(seen[1].head, Not(HasSubstr("Content-")));
    EXPECT_EQ(seen[2].line(), "DELETE / HTTP/1.1");
    EXPECT_THAT(seen[2].head, Not(HasSubstr("Content-")));
    EXPECT_THAT(seen[3].head, HasSubstr("Content-Length: 0\r\n"));
}

TEST(HttpClient, reuses_its_connection) {
    ScriptedServer server([](const SeenRequest&) { return answer(200, "{}"); });
    auto http = client();
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(http->send(server.url() + "/", post("x")));
    EXPECT_EQ(server.connection_count(), 1);
}

TEST(HttpClient, an_answer_of_any_status_is_an_answer_and_a_redirect_is_not_followed) {
    ScriptedServer server([](const SeenRequest& request) {
        if (request.line().starts_with("POST /moved")) {
            return Reply{"HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n"};
        }
        return answer(500, "broken");
    });
    auto http = client();
    EXPECT_EQ(http->send(server.url() + "/moved", post("x"))->status, 302);
    EXPECT_EQ(http->send(server.url() + "/", post("x"))->body, "broken");
    EXPECT_EQ(server.seen().size(), 2u);
}

TEST(HttpClient, an_interim_answer_is_passed_over) {
    ScriptedServer server([](const SeenRequest&) {
        return Reply{"HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\n" + answer(200, "ok").bytes};
    });
    auto response = client()->send(server.url() + "/", post("x"));
    ASSERT_TRUE(response) << response.error().text;
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->headers.size(), 2u);
    EXPECT_EQ(response->body, "ok");
}

TEST(HttpClient, reads_chunked_answers) {
    ScriptedServer server([](const SeenRequest&) {
        return Reply{
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
            "chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"};
    });
    EXPECT_EQ(client()->send(server.url() + "/", post("x"))->body, "abcde");
}

TEST(HttpClient, a_refused_connection_is_unavailable_and_surely_not_sent) {
    DeafPort nobody;
    auto response = client()->send(nobody.url() + "/topics/t", post("x"));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, Errc::unavailable);
    EXPECT_THAT(response.error().text, StartsWith(nobody.url() + "/topics/t: "));
    EXPECT_FALSE(may_have_been_sent(response.error().code));
}

// Every way for a connection to end once the request is out leaves its outcome unknown.
TEST(HttpClient, a_cut_answer_is_io_and_in_doubt) {
    for (std::string bytes :
         {"", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\nContent-Le",
          "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab", "no HTTP\r\n\r\n"}) {
        ScriptedServer server([&](const SeenRequest&) { return Reply{bytes, Reply::Then::close}; });
        auto response = client()->send(server.url() + "/", post("x"));
        ASSERT_FALSE(response) << bytes;
        EXPECT_EQ(response.error().code, Errc::io) << bytes << response.error().text;
        EXPECT_TRUE(may_have_been_sent(response.error().code));
        EXPECT_THAT(response.error().text, StartsWith(server.url()));
        EXPECT_EQ(server.seen().size(), 1u) << bytes;
    }
}

// curl alone would send the second request once more on a new connection.
TEST(HttpClient, a_post_on_a_kept_connection_that_ends_is_not_sent_a_second_time) {
    int count = 0;
    ScriptedServer server([&](const SeenRequest&) {
        return ++count == 2 ? Reply{"", Reply::Then::close} : answer(200, "{}");
    });
    auto http = client();
    ASSERT_TRUE(http->send(server.url() + "/", post("first")));
    auto second = http->send(server.url() + "/", post("second"));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::io) << second.error().text;
    EXPECT_EQ(server.seen().size(), 2u);
    ASSERT_TRUE(http->send(server.url() + "/", post("third")));  // and the client goes on
    EXPECT_EQ(server.seen().back().body, "third");
}

TEST(HttpClient, an_answer_at_the_limit_is_taken_and_one_byte_more_is_too_large) {
    ScriptedServer server([&](const SeenRequest& request) {
        return answer(200, std::string(std::stoul(request.body), 'x'));
    });
    auto http = client({.answer_bytes_max = 1000});
    EXPECT_EQ(http->send(server.url() + "/", post("1000"))->body.size(), 1000u);
    auto over = http->send(server.url() + "/", post("1001"));
    ASSERT_FALSE(over);
    EXPECT_EQ(over.error().code, Errc::too_large);
    EXPECT_TRUE(may_have_been_sent(over.error().code));
    EXPECT_TRUE(http->send(server.url() + "/", post("5")));
}

TEST(HttpClient, endless_headers_are_too_large) {
    std::string head = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 300; ++i) head += "X-Long: " + std::string(1000, 'x') + "\r\n";
    ScriptedServer server([&](const SeenRequest&) {
        return Reply{head + "Content-Length: 0\r\n\r\n", Reply::Then::close};
    });
    auto response = client()->send(server.url() + "/", post("x"));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, Errc::too_large);
}

TEST(HttpClient, silence_after_the_request_is_timed_out_and_in_doubt) {
    ScriptedServer server([](const SeenRequest&) { return Reply{"", Reply::Then::hold}; });
    auto response = client({.total_timeout = 50ms})->send(server.url() + "/", post("x"));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, Errc::timed_out);
    EXPECT_TRUE(may_have_been_sent(response.error().code));
}

// A full queue of connections that nobody accepts: the kernel leaves the next one without an
// answer.
TEST(HttpClient, no_connection_in_time_is_unavailable_and_surely_not_sent) {
    int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
    ASSERT_EQ(::listen(listener, 0), 0);
    ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
    int only = ::socket(AF_INET, SOCK_STREAM, 0);
    ASSERT_EQ(::connect(only, reinterpret_cast<sockaddr*>(&address), size), 0);
    std::string url = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/";
    auto response = client({.connect_timeout = 50ms})->send(url, post("x"));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, Errc::unavailable) << response.error().text;
    ::close(only);
    ::close(listener);
}

TEST(HttpClient, a_stop_cuts_a_request_at_once) {
    ScriptedServer server([](const SeenRequest&) { return Reply{"", Reply::Then::hold}; });
    std::stop_source stop;
    auto response = std::async(std::launch::async, [&] {
        return client({.total_timeout = 600s})
            ->send(server.url() + "/", post("x"), stop.get_token());
    });
    server.wait_for_requests(1);
    stop.request_stop();
    EXPECT_EQ(response.get().error().code, Errc::cancelled);
}

TEST(HttpClient, what_is_no_url_or_no_header_is_refused_before_anything_is_sent) {
    ScriptedServer server([](const SeenRequest&) { return answer(200, "{}"); });
    auto http = client();
    for (std::string url : {"", "not a url", "ftp://127.0.0.1/", "file:///etc/passwd", "http://"}) {
        auto response = http->send(url, post("x"));
        ASSERT_FALSE(response) << url;
        EXPECT_EQ(response.error().code, Errc::invalid_argument) << url;
    }
    auto secret = http->send("http://me:hidden@127.0.0.1/", post("x"));
    EXPECT_EQ(secret.error().code, Errc::invalid_argument);
    EXPECT_THAT(secret.error().text, Not(HasSubstr("hidden")));
    for (HttpHeader header : {HttpHeader{"A", "b\r\nC: d"}, {"A b", "c"}, {"", "c"}, {"A:", "c"}}) {
        auto response = http->send(server.url() + "/", {.method = "GET", .headers = {header}});
        EXPECT_EQ(response.error().code, Errc::invalid_argument) << header.name;
    }
    EXPECT_EQ(http->send(server.url() + "/", {.method = "GET X"}).error().code,
              Errc::invalid_argument);
    EXPECT_EQ(server.connection_count(), 0);
}

TEST(HttpClient, no_proxy_stands_before_loopback) {
    DeafPort proxy;
    ::setenv("http_proxy", proxy.url().c_str(), 1);
    ScriptedServer server([](const SeenRequest&) { return answer(200, "{}"); });
    EXPECT_TRUE(client()->send(server.url() + "/", post("x")));
    auto foreign = client()->send("http://host.invalid/", post("x"));
    EXPECT_THAT(foreign.error().text, HasSubstr("127.0.0.1"));  // the proxy was asked, in vain
    ::unsetenv("http_proxy");
}

}  // namespace
}  // namespace pinflow::net
