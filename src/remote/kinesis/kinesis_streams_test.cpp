// SPDX-License-Identifier: Apache-2.0
#include "remote/kinesis/kinesis_streams.h"

#include <fmt/format.h>

#include "remote/kinesis/scripted_kinesis_fixture.h"

namespace pinflow::kinesis {
namespace {

using Streams = ScriptedKinesis;

net::Reply summary(const std::string& status) {
    return net::answer(200, fmt::format(R"({{"StreamDescriptionSummary":{{"StreamStatus":"{}",)"
                                        R"("StreamCreationTimestamp":1.7E9}}}})",
                                        status));
}

TEST_F(Streams, a_request_is_signed_for_the_region_and_says_its_operation) {
    on("ListStreams", {net::answer(200, R"({"StreamNames":[],"HasMoreStreams":false})")});
    ASSERT_TRUE(run_here(streams->list_streams()));
    std::string head = server.seen().at(0).head;
    EXPECT_TRUE(head.starts_with("POST / HTTP/1.1\r\n")) << head;
    for (std::string part :
         {"Content-Type: application/x-amz-json-1.1\r\n",
          "X-Amz-Target: Kinesis_20131202.ListStreams\r\n", "Credential=AKID/",
          "/eu-west-1/kinesis/aws4_request", "X-Amz-Security-Token: the-canary-token\r\n",
          "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target"}) {
        EXPECT_TRUE(head.contains(part)) << part << "\n" << head;
    }
    EXPECT_FALSE(head.contains(kSecret));
}

TEST_F(Streams, lists_are_read_page_by_page) {
    on("ListStreams", {net::answer(200, R"({"StreamNames":["b","c"],"HasMoreStreams":true})"),
                       net::answer(200, R"({"StreamNames":["a"],"HasMoreStreams":false})")});
    EXPECT_EQ(run_here(streams->list_streams()).value(), (std::vector<std::string>{"a", "b", "c"}));
    EXPECT_EQ(bodies("ListStreams").at(1), R"({"ExclusiveStartStreamName":"c"})");
    on("DescribeStreamSummary", {summary("UPDATING")});
    on("ListShards",
       {net::answer(200, R"({"Shards":[{"ShardId":"shardId-000000000002","ParentShardId":"p",)"
                         R"("AdjacentParentShardId":"q","HashKeyRange":{"StartingHashKey":"0",)"
                         R"("EndingHashKey":"9"},"SequenceNumberRange":)"
                         R"({"StartingSequenceNumber":"5"}}],"NextToken":"more"})"),
        net::answer(200, R"({"Shards":[{"ShardId":"shardId-000000000001",)"
                         R"("SequenceNumberRange":{"StartingSequenceNumber":"1",)"
                         R"("EndingSequenceNumber":"4"}}],"NextToken":null})")});
    auto info = run_here(streams->describe_stream("s"));
    ASSERT_TRUE(info) << info.error().text;
    ASSERT_EQ(info->shards.size(), 2u);
    EXPECT_TRUE(info->shards[0].is_closed());
    EXPECT_EQ(info->shards[1].id, "shardId-000000000002");
    EXPECT_FALSE(info->shards[1].is_closed());
    EXPECT_EQ(info->shards[1].parents, (std::vector<std::string>{"p", "q"}));
    EXPECT_EQ(bodies("ListShards").at(1), R"({"NextToken":"more"})");
}

TEST_F(Streams, a_new_stream_is_given_when_it_can_be_used) {
    on("CreateStream", {net::answer(200, "")});
    on("DescribeStreamSummary",
       {aws_error(400, "ResourceNotFoundException"), summary("CREATING"), summary("ACTIVE")});
    on("ListShards", {net::answer(200, R"({"Shards":[{"ShardId":"a"},{"ShardId":"b"}]})")});
    auto made = run_here(streams->create_stream("s", 2));
    ASSERT_TRUE(made) << made.error().text;
    EXPECT_EQ(made->shards.size(), 2u);
    EXPECT_EQ(bodies("CreateStream").at(0), R"({"StreamName":"s","ShardCount":2})");
    settings.new_streams = StreamMode::on_demand;
    streams = KinesisStreams::open(settings, clock).value();
    EXPECT_TRUE(run_here(streams->create_stream("s", 2)));
    EXPECT_EQ(bodies("CreateStream").at(1),
              R"({"StreamName":"s","StreamModeDetails":{"StreamMode":"ON_DEMAND"}})");
    on("CreateStream", {aws_error(400, "ResourceInUseException")});
    EXPECT_EQ(run_here(streams->create_stream("s", 2)).error().code, Errc::already_exists);
}

// Two posts to an unknown stream at once: the second one's put must find it usable.
TEST_F(Streams, a_stream_that_another_is_making_exists_once_it_can_be_used) {
    on("CreateStream", {aws_error(400, "ResourceInUseException")});
    on("DescribeStreamSummary", {summary("CREATING"), summary("CREATING"), summary("ACTIVE")});
    on("ListShards", {net::answer(200, R"({"Shards":[{"ShardId":"a"}]})")});
    EXPECT_EQ(run_here(streams->create_stream("s", 2)).error().code, Errc::already_exists);
    EXPECT_EQ(bodies("DescribeStreamSummary").size(), 3u);
}

TEST_F(Streams, a_stream_that_does_not_come_or_go_is_waited_for_so_long) {
    on("CreateStream", {net::answer(200, "")});
    on("DeleteStream", {net::answer(200, "")});
    on("DescribeStreamSummary", {summary("CREATING")});
    clock.step_us = kStreamChangeUs / 4;
    EXPECT_EQ(run_here(streams->create_stream("s", 2)).error().code, Errc::timed_out);
    on("DescribeStreamSummary", {summary("DELETING")});
    EXPECT_EQ(run_here(streams->remove_stream("s")).error().code, Errc::timed_out);
    EXPECT_EQ(run_here(streams->describe_stream("s")).error().code, Errc::not_found);
}

struct Refusal {
    net::Reply reply;
    Errc code;
    std::string words;
};

// Each text says where, what AWS says, and what to look at; none has a secret, whoever repeats it.
TEST_F(Streams, every_refusal_has_its_code_and_says_what_to_look_at) {
    std::string place = server.url() + "/ DescribeStreamSummary (stream s)";
    for (const Refusal& refusal : std::vector<Refusal>{
             {aws_error(400, "com.amazonaws.kinesis#ResourceNotFoundException", "Stream s"),
              Errc::not_found, "ResourceNotFoundException: Stream s"},
             {aws_error(403, "AccessDeniedException", "User: a is not authorized"),
              Errc::permission, "DescribeStreamSummary"},
             {aws_error(403, "UnrecognizedClientException", "The security token is invalid"),
              Errc::permission, "credentials"},
             {aws_error(403, "ExpiredTokenException", kToken), Errc::permission, "renew the credentials"},
             {aws_error(403, "InvalidSignatureException",
                        "Signature expired: 20260101T000000Z is now earlier than 20260101T001000Z"),
              Errc::permission, "clock"},
             {aws_error(403, "InvalidSignatureException",
                        "Credential should be scoped to a valid region"),
              Errc::permission, "kinesis.region"},
             {aws_error(
                  403, "InvalidSignatureException",
                  std::string("The signature does not match.\\n\\ncanonical: ") + kToken + kSecret),
              Errc::permission, "secret access key"},
             {aws_error(400, "UnknownOperationException"), Errc::unsupported, "kinesis.endpoint"},
             {net::answer(404, "<html>nothing here</html>"), Errc::unsupported, "HTTP 404"},
             {net::answer(200, R"({"StreamDescriptionSummary":)"), Errc::io,
              "no answer of Kinesis"},
             {net::answer(200, "[]"), Errc::io, "no answer of Kinesis"},
             {aws_error(400, "SomethingNewException", kSecret), Errc::internal,
              "SomethingNewException"}}) {
        on("DescribeStreamSummary", {refusal.reply});
        auto info = run_here(streams->describe_stream("s"));
        ASSERT_FALSE(info) << refusal.words;
        EXPECT_EQ(info.error().code, refusal.code) << info.error().text;
        EXPECT_TRUE(info.error().text.contains(refusal.words)) << info.error().text;
        EXPECT_TRUE(info.error().text.starts_with(place)) << info.error().text;
        EXPECT_FALSE(info.error().text.contains(kSecret)) << info.error().text;
        EXPECT_FALSE(info.error().text.contains(kToken)) << info.error().text;
    }
}

TEST_F(Streams, a_service_that_is_down_or_silent_is_given_up_in_time) {
    clock.step_us = 1'000'000;
    settings.request_timeout = std::chrono::milliseconds(50);
    open();
    on("ListStreams", {net::Reply{"", net::Reply::Then::hold}});
    auto silent = run_here(streams->list_streams());
    EXPECT_EQ(silent.error().code, Errc::timed_out) << silent.error().text;
    on("ListStreams", {net::Reply{"HTTP/1.1 200 OK\r\nContent-Le", net::Reply::Then::close}});
    EXPECT_EQ(run_here(streams->list_streams()).error().code, Errc::io);
    on("ListStreams", {net::answer(500, "")});
    EXPECT_EQ(run_here(streams->list_streams()).error().code, Errc::unavailable);
}

TEST_F(Streams, credentials_are_asked_each_time_and_their_lack_is_told) {
    int asked = 0;
    settings.credentials = [&]() -> Result<sigv4::Credentials> {
        if (++asked == 2) return fail(Errc::not_found, "no file ~/.aws/credentials");
        return sigv4::Credentials{fmt::format("AKID{}", asked), "x", ""};
    };
    streams = KinesisStreams::open(settings, clock).value();
    on("ListStreams", {net::answer(200, R"({"StreamNames":[],"HasMoreStreams":false})")});
    EXPECT_TRUE(run_here(streams->list_streams()));
    auto without = run_here(streams->list_streams());
    EXPECT_EQ(without.error().code, Errc::not_found);
    EXPECT_TRUE(without.error().text.contains("no file ~/.aws/credentials"));
    EXPECT_TRUE(run_here(streams->list_streams()));
    EXPECT_TRUE(server.seen().at(1).head.contains("Credential=AKID3/"));
}

TEST_F(Streams, a_check_asks_for_what_will_be_needed_and_changes_nothing) {
    on("ListStreams", {net::answer(200, R"({"StreamNames":["s"],"HasMoreStreams":false})")});
    on("DescribeStreamSummary", {summary("ACTIVE")});
    on("ListShards", {net::answer(200, R"({"Shards":[{"ShardId":"a"}]})")});
    on("GetShardIterator",
       {net::answer(200, R"({"ShardIterator":"i"})"), aws_error(403, "AccessDeniedException")});
    Status good = run_here(streams->check({"s"}));
    EXPECT_TRUE(good) << good.error().text;
    EXPECT_EQ(run_here(streams->check({"s"})).error().code, Errc::permission);
    EXPECT_TRUE(bodies("PutRecords").empty());
}

TEST(KinesisEndpoint, is_the_regions_or_what_is_set_and_signed_as_it_travels) {
    auto of = [](std::string endpoint, std::string region) {
        return endpoint_of({.endpoint = std::move(endpoint), .region = std::move(region)});
    };
    EXPECT_EQ(of("", "eu-west-1")->url, "https://kinesis.eu-west-1.amazonaws.com/");
    EXPECT_EQ(of("", "cn-north-1")->host, "kinesis.cn-north-1.amazonaws.com.cn");
    EXPECT_EQ(of("http://127.0.0.1:4566/", "r")->host, "127.0.0.1:4566");
    EXPECT_EQ(of("HTTPS://Host:443", "r")->host, "host");
    EXPECT_EQ(of("http://host:80", "r")->host, "host");
    EXPECT_EQ(of("http://127.0.0.1:1", "")->region, "us-east-1");
    EXPECT_TRUE(of("", "").error().text.contains("kinesis.region"));
    EXPECT_TRUE(of("", "eu west").error().text.contains("kinesis.region"));
    for (std::string wrong :
         {"host:1", "ftp://h", "http://", "http://h/path", "http://h?q", "http://user:canary@h"}) {
        auto endpoint = of(wrong, "r");
        ASSERT_FALSE(endpoint) << wrong;
        EXPECT_TRUE(endpoint.error().text.contains("kinesis.endpoint"));
        EXPECT_FALSE(endpoint.error().text.contains("canary"));
    }
}

TEST(KinesisCallers, refuse_what_is_more_than_may_wait) {
    Callers callers({});
    Reactor reactor("callers");
    std::atomic<int> running = 0;
    auto until_stopped = [&](net::HttpClient&, const std::stop_token& stop) {
        ++running;
        while (!stop.stop_requested()) std::this_thread::yield();
    };
    auto start = [&](std::size_t bytes) {
        return boost::asio::co_spawn(reactor.context(), callers.run(until_stopped, bytes),
                                     boost::asio::use_future_t<>{});
    };
    std::vector<std::future<Status>> started;
    for (int i = 0; i < kThreads; ++i) started.push_back(start(1));
    while (running < kThreads) std::this_thread::yield();
    started.push_back(start(kWaitingBytesMax));
    EXPECT_EQ(start(1).get().error().code, Errc::unavailable) << "too many bytes";
    for (std::size_t i = 1; i < kWaitingMax; ++i) started.push_back(start(0));
    EXPECT_EQ(start(0).get().error().code, Errc::unavailable) << "too many";
    callers.stop();
    for (std::size_t i = 0; i < started.size(); ++i) {
        Status done = started[i].get();
        EXPECT_EQ(done.has_value(), i < static_cast<std::size_t>(kThreads)) << i;
    }
    EXPECT_EQ(start(1).get().error().code, Errc::cancelled);
}

}  // namespace
}  // namespace pinflow::kinesis
