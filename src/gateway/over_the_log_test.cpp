// SPDX-License-Identifier: Apache-2.0
// The gateway as the program has it: behind the HTTP server, over the real log (in memory files).
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "codec/kafka/record_batch.h"
#include "eventlog/native_log.h"
#include "gateway/gateway.h"
#include "memory/hand_clock.h"
#include "memory/memory_files.h"
#include "memory/memory_meter.h"
#include "net/http_server.h"

namespace pinflow::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Sends one request on a connection of its own, as the course's clients do, and reads to the end.
std::string exchange(std::uint16_t port, const std::string& request) {
    int client = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(client, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::send(client, request.data(), request.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(request.size()));
    std::string answer(1 << 16, '\0');
    std::size_t bytes = 0;
    for (ssize_t count = 0;
         (count = ::recv(client, answer.data() + bytes, answer.size() - bytes, 0)) > 0;) {
        bytes += static_cast<std::size_t>(count);
    }
    ::close(client);
    answer.resize(bytes);
    return answer;
}

std::string request(const std::string& line, const std::string& type, const std::string& body,
                    const std::string& key = "") {
    return line + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Type: " + type +
           (key.empty() ? "" : "\r\nIdempotency-Key: " + key) +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string body_of(const std::string& answer) { return answer.substr(answer.find("\r\n\r\n")); }

constexpr const char* kReplayed = "Idempotent-Replayed: true\r\n";

class over_the_log : public ::testing::Test {
protected:
    void SetUp() override { open(); }
    void TearDown() override { close(); }

    void open() {
        auto log = eventlog::NativeLog::open(files_, clock_,
                                             {.directory = "/log",
                                              .durability = eventlog::Durability::fsync,
                                              .free_bytes_floor = 0});
        ASSERT_TRUE(log) << log.error().text;
        log_ = std::move(*log);
        gateway_.emplace(GatewaySettings{}, log_->topics(), log_->streams(), clock_, meter_);
        auto server = net::HttpServer::open({&first_, &second_}, {}, *gateway_);
        ASSERT_TRUE(server) << server.error().text;
        server_ = std::move(*server);
    }
    void close() {
        if (server_) EXPECT_TRUE(server_->close());
        server_.reset();
        gateway_.reset();
        EXPECT_TRUE(log_->close());
        log_.reset();
    }
    std::string send(const std::string& line, const std::string& type, const std::string& body,
                     const std::string& key = "") {
        return exchange(server_->port(), request(line, type, body, key));
    }
    Offset end_of(const std::string& topic) {
        return first_.run(log_->topics().offsets({topic, 0}))->end;
    }

    memory::MemoryFiles files_;
    memory::HandClock clock_;
    memory::MemoryMeter meter_;
    std::unique_ptr<eventlog::NativeLog> log_;
    std::optional<Gateway> gateway_;
    Reactor first_{"first"};
    Reactor second_{"second"};
    std::unique_ptr<net::HttpServer> server_;
};

TEST_F(over_the_log, posted_records_are_in_the_log_and_the_answer_says_where) {
    for (int i = 0; i < 3; ++i) {
        std::string answer =
            send("POST /prod/topics/u.pin", "application/vnd.kafka.json.v2+json",
                 R"({"records": [{"value": {"index": )" + std::to_string(i) + "}}]}");
        EXPECT_THAT(answer, HasSubstr("HTTP/1.1 200 OK\r\n"));
        EXPECT_THAT(answer, HasSubstr(R"("partition":0,"offset":)" + std::to_string(i) + ","));
    }
    auto fetched = first_.run(log_->topics().fetch({"u.pin", 0}, 0, {}));
    ASSERT_TRUE(fetched) << fetched.error().text;
    auto records = kafka::decode_records(fetched->batches);
    ASSERT_EQ(records->size(), 3);
    EXPECT_EQ(records->at(2).value, R"({"index":2})");
    EXPECT_EQ(records->at(2).offset, 2);
    EXPECT_EQ(records->at(2).timestamp_ms, clock_.now_ms());
}

TEST_F(over_the_log, record_put_through_the_stage_is_read_back_from_its_shard) {
    std::string stored = send("PUT /prod/streams/streaming-u-pin/record", "application/json",
                              R"({"Data":{"index":7528},"PartitionKey":"partition-1"})");
    EXPECT_THAT(stored, HasSubstr(R"({"ShardId":"shardId-000000000002","SequenceNumber":"4)"));
    std::string answer = send(
        "GET /prod/streams/streaming-u-pin/sharditerator?shard-id=shardId-000000000002", "", "");
    std::string iterator = answer.substr(answer.find("\"ShardIterator\":\"") + 17);
    iterator.resize(iterator.find('"'));
    std::string read = exchange(server_->port(),
                                "GET /prod/streams/streaming-u-pin/records HTTP/1.1\r\nHost: h\r\n"
                                "Connection: close\r\nShard-Iterator: " +
                                    iterator + "\r\n\r\n");
    EXPECT_THAT(read, HasSubstr(R"("Data":"eyJpbmRleCI6NzUyOH0=","PartitionKey":"partition-1")"));
    EXPECT_THAT(send("GET /prod/streams", "", ""), HasSubstr(R"(["streaming-u-pin"])"));
    EXPECT_THAT(send("GET /topics", "", ""), HasSubstr("\r\n\r\n[]")) << "a stream is no topic";
}

TEST_F(over_the_log, post_tried_again_under_its_key_is_stored_once_also_by_the_log_opened_anew) {
    const std::string body = R"({"records": [{"value": {"index": 1}}, {"value": 2}]})";
    auto post = [&](const std::string& what, const std::string& key) {
        return send("POST /prod/topics/u.pin", "application/vnd.kafka.json.v2+json", what, key);
    };
    std::string first = post(body, "6f1c");
    EXPECT_THAT(first, HasSubstr(R"("partition":0,"offset":1,)"));
    EXPECT_THAT(first, Not(HasSubstr(kReplayed)));
    for (int i = 0; i < 2; ++i) {
        clock_.advance_ms(5'000);
        std::string again = post(body, "6f1c");
        EXPECT_EQ(body_of(again), body_of(first));
        EXPECT_THAT(again, HasSubstr(kReplayed));
        std::string other = post(R"({"records": [{"value": 3}, {"value": 4}]})", "6f1c");
        EXPECT_THAT(other, HasSubstr("HTTP/1.1 422 "));
        close();
        open();
    }
    EXPECT_EQ(end_of("u.pin"), 2);
    clock_.advance_ms(24 * 3'600'000);
    EXPECT_THAT(post(body, "6f1c"), HasSubstr(R"("partition":0,"offset":2,)"));
}

// Both come while none of them is answered: one of them stores.
TEST_F(over_the_log, posts_under_one_key_at_once_have_one_answer) {
    const std::string post = request("POST /topics/t", "application/vnd.kafka.json.v2+json",
                                     R"({"records": [{"value": 1}]})", "k");
    std::vector<std::string> answers(8);
    std::vector<std::jthread> clients;
    for (std::string& answer : answers) {
        clients.emplace_back([&] { answer = exchange(server_->port(), post); });
    }
    clients.clear();
    EXPECT_EQ(end_of("t"), 1);
    int replayed = 0;
    for (const std::string& answer : answers) {
        EXPECT_EQ(body_of(answer), body_of(answers[0]));
        EXPECT_THAT(answer, HasSubstr("HTTP/1.1 200 OK"));
        if (answer.find(kReplayed) != std::string::npos) ++replayed;
    }
    EXPECT_EQ(replayed, 7);
}

TEST_F(over_the_log, put_tried_again_under_its_key_has_the_sequence_numbers_it_had) {
    const std::string body =
        R"({"records":[{"data":"x","partition-key":"a"},{"data":"y","partition-key":"b"},)"
        R"({"data":"z","partition-key":"partition-1"}]})";
    auto put = [&](const std::string& what, const std::string& key) {
        return send("PUT /prod/streams/s/records", "application/json", what, key);
    };
    put(R"({"records":[{"data":"before","partition-key":"a"}]})", "");
    std::string first = put(body, "k");
    EXPECT_THAT(first, HasSubstr(R"({"FailedRecordCount":0,)"));
    for (int i = 0; i < 2; ++i) {
        clock_.advance_ms(5'000);
        put(R"({"records":[{"data":"between","partition-key":"a"}]})", "");
        std::string again = put(body, "k");
        EXPECT_EQ(body_of(again), body_of(first));
        EXPECT_THAT(again, HasSubstr(kReplayed));
        close();
        open();
    }
    std::string other = put(R"({"records":[{"data":"x","partition-key":"a"}]})", "k");
    EXPECT_THAT(other, HasSubstr("IdempotentParameterMismatchException"));
}

}  // namespace
}  // namespace pinflow::gateway
