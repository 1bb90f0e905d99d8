// SPDX-License-Identifier: Apache-2.0
// What the gateway does when there is no lease for what a request would become.
#include <future>
#include <thread>

#include "eventlog/native_log.h"
#include "gateway/body_lease.h"
#include "gateway/gateway_fake.h"
#include "memory/memory_files.h"
#include "net/http_server.h"
#include "net/http_server_test_client.h"

namespace pinflow::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kOneRecord = R"({"records":[{"value":1}]})";
constexpr const char* kOnePut = R"({"Data":{"index":1},"PartitionKey":"p"})";

class gateway_budget : public GatewayFake {
protected:
    void SetUp() override { open({.budget = &budget_}); }
    // All that was leased is given back.
    void TearDown() override {
        held_elsewhere_.release();
        EXPECT_EQ(budget_.held_bytes(), 0u);
    }
    void use_up() { held_elsewhere_ = *budget_.try_lease(budget_.limit_bytes()); }

    ByteBudget budget_{16 << 20};
    ByteLease held_elsewhere_;
};

TEST_F(gateway_budget, post_without_a_lease_is_503_and_stores_nothing) {
    use_up();
    auto response = produce("/topics/t", kOneRecord);
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(header_of(response, "Retry-After"), "1");
    EXPECT_EQ(response.body, R"({"error_code":50302,"message":"too many bytes are in flight: )"
                             R"(try again"})");
    EXPECT_TRUE(log_.topics.empty());
    EXPECT_EQ(ask("GET", "/topics").status, 200) << "what has no body needs no lease";

    held_elsewhere_.release();
    EXPECT_EQ(produce("/topics/t", kOneRecord).status, 200);
    EXPECT_EQ(log_.topics.at("t")[0].size(), 1);
}

TEST_F(gateway_budget, put_without_a_lease_is_throttled_as_kinesis_does_it) {
    use_up();
    auto response = put("/test/streams/s/record", kOnePut);
    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(header_of(response, "Retry-After"), "1");
    EXPECT_THAT(response.body, StartsWith(R"({"__type":"ProvisionedThroughputExceededException")"));
    EXPECT_TRUE(streams_.streams.empty());

    held_elsewhere_.release();
    EXPECT_EQ(put("/test/streams/s/record", kOnePut).status, 200);
}

TEST_F(gateway_budget, paths_of_the_users_own_say_it_as_what_they_lead_to) {
    open({.budget = &budget_,
          .custom_routes = {{"/send", {CustomRoute::Kind::stream, "pins"}},
                            {"/post", {CustomRoute::Kind::topic, "u.pin"}}}});
    use_up();
    EXPECT_THAT(put("/test/send", kOnePut).body, HasSubstr("ProvisionedThroughputExceeded"));
    EXPECT_EQ(produce("/test/post", kOneRecord).status, 503);
}

TEST_F(gateway_budget, what_the_budget_can_never_hold_is_not_told_to_try_again) {
    std::string body = R"({"records":[{})";
    for (int i = 0; i < 40'000; ++i) body += ",{}";
    auto response = produce("/topics/t", body + "]}");
    EXPECT_EQ(response.status, 413);
    EXPECT_EQ(header_of(response, "Retry-After"), "");
    EXPECT_THAT(response.body, HasSubstr("memory.budget"));
}

TEST_F(gateway_budget, records_are_read_when_there_is_a_lease_for_them) {
    put("/test/streams/s/record", kOnePut);
    std::string answer =
        ask("GET", "/test/streams/s/sharditerator?shard-id=shardId-000000000000").body;
    std::string iterator = answer.substr(answer.find(":\"") + 2);
    iterator.resize(iterator.find('"'));
    std::string path = "/test/streams/s/records?Shard-Iterator=" + iterator;
    use_up();
    auto refused = ask("GET", path);
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(header_of(refused, "Retry-After"), "1");
    EXPECT_THAT(refused.body, HasSubstr("ProvisionedThroughputExceededException"));

    held_elsewhere_.release();
    auto response = ask("GET", path);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(budget_.held_bytes(), response.body.size()) << "until it is written";
}

// The gateway as the program has it, over the real log (in memory files).
class small_budget : public ::testing::Test {
protected:
    void SetUp() override {
        auto log = eventlog::NativeLog::open(files_, clock_,
                                             {.directory = "/log",
                                              .durability = eventlog::Durability::memory,
                                              .free_bytes_floor = 0});
        ASSERT_TRUE(log) << log.error().text;
        log_ = std::move(*log);
        gateway_.emplace(GatewaySettings{.budget = &budget_}, log_->topics(), log_->streams(),
                         clock_, meter_);
        auto server = net::HttpServer::open({&first_, &second_}, {.budget = &budget_}, *gateway_);
        ASSERT_TRUE(server) << server.error().text;
        server_ = std::move(*server);
    }
    void TearDown() override {
        EXPECT_TRUE(server_->close());
        EXPECT_TRUE(log_->close());
        EXPECT_EQ(budget_.held_bytes(), 0u);
    }
    // Tried again until it is stored. How often it was refused before.
    int upload(const std::string& request) {
        for (int refusals = 0;; ++refusals) {
            net::RawClient client(server_->port());
            client.send(request);
            std::string answer = client.read_answer();
            most_held_ = std::max(most_held_.load(), budget_.held_bytes());
            if (answer.starts_with("HTTP/1.1 200 ")) return refusals;
            EXPECT_THAT(answer, AnyOf(HasSubstr("\r\nRetry-After: 1\r\n"), "")) << "\"\": reset";
            EXPECT_THAT(answer, AnyOf(StartsWith("HTTP/1.1 503 "), ""));
            std::this_thread::yield();
        }
    }

    ByteBudget budget_{8 << 20};
    std::atomic<std::uint64_t> most_held_ = 0;
    memory::MemoryFiles files_;
    memory::HandClock clock_;
    memory::MemoryMeter meter_;
    std::unique_ptr<eventlog::NativeLog> log_;
    std::optional<Gateway> gateway_;
    Reactor first_{"first"};
    Reactor second_{"second"};
    std::unique_ptr<net::HttpServer> server_;
};

TEST_F(small_budget, many_large_posts_all_get_in_once_and_never_hold_more_than_the_limit) {
    std::string body = R"({"records":[{"value":")" + std::string(1 << 20, 'x') + R"("}]})";
    std::string request =
        net::post("/topics/t", body, "Content-Type: application/vnd.kafka.json.v2+json\r\n");
    ByteLease held_elsewhere = *budget_.try_lease(budget_.limit_bytes());
    std::vector<std::future<int>> uploads;
    for (int i = 0; i < 64; ++i) {
        uploads.push_back(std::async(std::launch::async, [&] { return upload(request); }));
    }
    while (budget_.refused() < 64) std::this_thread::yield();
    held_elsewhere.release();
    int refusals = 0;
    for (auto& done : uploads) refusals += done.get();
    EXPECT_GE(refusals, 1);
    EXPECT_LE(most_held_, budget_.limit_bytes());
    auto offsets = first_.run(log_->topics().offsets({"t", 0}));
    EXPECT_EQ(offsets->end, 64);
}

}  // namespace
}  // namespace pinflow::gateway
