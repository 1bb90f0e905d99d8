// SPDX-License-Identifier: Apache-2.0
// What the HTTP server does when there is no lease for what it would have to hold.
#include <gmock/gmock.h>

#include <atomic>
#include <future>
#include <thread>

#include "base/byte_budget.h"
#include "net/http_server.h"
#include "net/http_server_test_client.h"

namespace pinflow::net {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr std::size_t kKiB = 1 << 10;
constexpr std::string_view kRetryAfter = "\r\nRetry-After: 1\r\n";

// Answers with the body's size, or with as many bytes as the path says: "/4096". Sees how much is
// held meanwhile.
class CountingHandler final : public HttpHandler {
public:
    explicit CountingHandler(ByteBudget& budget) : budget_(budget) {}

    Task<HttpResponse> handle(HttpRequest request) override {
        ++handled;
        std::uint64_t held = budget_.held_bytes();
        for (std::uint64_t most = held_most; held > most;) {
            if (held_most.compare_exchange_weak(most, held)) break;
        }
        std::size_t bytes = std::strtoul(request.target.c_str() + 1, nullptr, 10);
        co_return HttpResponse{.body = bytes > 0 ? std::string(bytes, 'x')
                                                 : std::to_string(request.body.size())};
    }

    std::atomic<int> handled = 0;
    std::atomic<std::uint64_t> held_most = 0;

private:
    ByteBudget& budget_;
};

class http_budget : public ::testing::Test {
protected:
    void SetUp() override {
        auto opened = HttpServer::open({&first_, &second_}, {.budget = &budget_}, handler_);
        ASSERT_TRUE(opened) << opened.error().text;
        server_ = std::move(*opened);
    }
    // All that was leased is given back.
    void TearDown() override {
        held_elsewhere_.release();
        EXPECT_TRUE(server_->close());
        EXPECT_EQ(budget_.held_bytes(), 0u);
    }
    // Once connections that are over have given back theirs.
    void leave(std::uint64_t bytes) {
        while (budget_.held_bytes() > 0) std::this_thread::yield();
        auto lease = budget_.try_lease(budget_.limit_bytes() - bytes);
        ASSERT_TRUE(lease.has_value());
        held_elsewhere_ = *std::move(lease);
    }
    std::string exchange(std::string_view request) {
        RawClient client(server_->port());
        client.send(request);
        return client.read_answer();
    }

    ByteBudget budget_{1 << 20};
    ByteLease held_elsewhere_;
    CountingHandler handler_{budget_};
    Reactor first_{"first"};
    Reactor second_{"second"};
    std::unique_ptr<HttpServer> server_;
};

TEST_F(http_budget, body_without_a_lease_is_refused_before_it_is_read) {
    leave(356 * kKiB);  // a quarter of the budget is never for bodies: 100 KiB are
    std::string head =
        "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 200000\r\n\r\n";
    RawClient client(server_->port());
    client.send(head);
    std::string answer = client.read_answer();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 ")) << "not 100: the body is not wanted";
    EXPECT_THAT(answer, HasSubstr(kRetryAfter));
    EXPECT_THAT(answer, HasSubstr("{\"error_code\":503,\"message\":\""));
    client.finish_sending();
    EXPECT_TRUE(client.is_ended());
    EXPECT_EQ(handler_.handled, 0);
    EXPECT_EQ(budget_.refused(), 1);

    held_elsewhere_.release();
    EXPECT_THAT(exchange(post("/", std::string(200'000, 'x'))), EndsWith("\r\n200000"));
}

TEST_F(http_budget, body_of_a_stated_length_holds_it_before_it_comes) {
    RawClient client(server_->port());
    client.send(
        "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 600000\r\n\r\n");
    EXPECT_THAT(client.read_answer(), StartsWith("HTTP/1.1 100 "));
    EXPECT_GE(budget_.held_bytes(), 600'000u + kConnectionBytes);
    EXPECT_THAT(exchange(post("/", std::string(200'000, 'x'))), StartsWith("HTTP/1.1 503 "));
    EXPECT_THAT(exchange(post("/", "small")), EndsWith("\r\n5"));
    client.send(std::string(600'000, 'x'));
    EXPECT_THAT(client.read_answer(), EndsWith("\r\n600000"));
    EXPECT_THAT(exchange(post("/", std::string(200'000, 'x'))), EndsWith("\r\n200000"));
}

std::string chunks(int count) {
    std::string text = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (int i = 0; i < count; ++i) text += "1000\r\n" + std::string(4 * kKiB, 'x') + "\r\n";
    return text + "0\r\n\r\n";
}

TEST_F(http_budget, body_of_no_stated_length_holds_what_has_come) {
    EXPECT_THAT(exchange(chunks(50)), EndsWith("\r\n204800"));
    leave(400 * kKiB);
    std::string answer = exchange(chunks(50));
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 "));
    EXPECT_THAT(answer, HasSubstr(kRetryAfter));
    EXPECT_EQ(handler_.handled, 1);
    // The refused connection lingers, with its lease, until it is read to its end.
    while (budget_.held_bytes() > held_elsewhere_.bytes()) std::this_thread::yield();
    EXPECT_THAT(exchange(chunks(10)), EndsWith("\r\n40960"));
}

TEST_F(http_budget, connection_without_a_lease_is_told_so_and_closed) {
    leave(kConnectionBytes - 1);
    for (std::string request : {std::string(), post("/", std::string(100'000, 'x'))}) {
        RawClient client(server_->port());
        client.send(request);
        std::string answer = client.read_answer();
        EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 "));
        EXPECT_THAT(answer, HasSubstr(kRetryAfter));
        client.finish_sending();
        EXPECT_TRUE(client.is_ended());
    }
    EXPECT_EQ(handler_.handled, 0);
    held_elsewhere_.release();
    EXPECT_THAT(exchange(post("/", "small")), EndsWith("\r\n5"));
}

TEST_F(http_budget, idle_connections_leave_room_for_requests) {
    std::vector<std::unique_ptr<RawClient>> idle;
    std::string answer;
    while (!answer.starts_with("HTTP/1.1 503 ") && idle.size() < 1'000) {
        idle.push_back(std::make_unique<RawClient>(server_->port()));
        idle.back()->send(post("/", ""));
        answer = idle.back()->read_answer();
    }
    EXPECT_EQ(idle.size(), budget_.limit_bytes() / 4 / kConnectionBytes + 1);
    idle.front()->send(post("/", std::string(400'000, 'x')));
    EXPECT_THAT(idle.front()->read_answer(), EndsWith("\r\n400000"));
}

TEST_F(http_budget, large_answer_needs_a_lease_unless_it_tells_of_a_write) {
    leave(90 * kKiB);
    std::string head = " HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n";
    EXPECT_THAT(exchange("GET /99000" + head).substr(0, 50), StartsWith("HTTP/1.1 503 "));
    EXPECT_THAT(exchange("GET /9000" + head).substr(0, 50), StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(exchange("POST /99000" + head).substr(0, 50), StartsWith("HTTP/1.1 200 "))
        << "what it tells is done";
}

// An upload tried again until it is answered with 200; how often it was refused before.
int upload(std::uint16_t port, const std::string& request) {
    for (int refusals = 0;; ++refusals) {
        RawClient client(port);
        client.send(request);
        std::string answer = client.read_answer();
        if (answer.starts_with("HTTP/1.1 200 ")) return refusals;
        EXPECT_THAT(answer, AnyOf(HasSubstr(kRetryAfter), IsEmpty())) << "empty: reset meanwhile";
        EXPECT_THAT(answer, AnyOf(StartsWith("HTTP/1.1 503 "), IsEmpty()));
        std::this_thread::yield();
    }
}

TEST_F(http_budget, many_large_uploads_hold_no_more_than_the_limit_and_all_get_through) {
    leave(0);
    std::string request = post("/", std::string(300'000, 'x'));
    std::vector<std::future<int>> uploads;
    for (int i = 0; i < 64; ++i) {
        uploads.push_back(std::async(std::launch::async, upload, server_->port(), request));
    }
    while (budget_.refused() < 64) std::this_thread::yield();
    held_elsewhere_.release();
    int refusals = 0;
    for (auto& done : uploads) refusals += done.get();
    EXPECT_EQ(handler_.handled, 64);
    EXPECT_LE(handler_.held_most, budget_.limit_bytes());
    EXPECT_GE(refusals, 1);
}

}  // namespace
}  // namespace pinflow::net
