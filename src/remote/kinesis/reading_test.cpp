// SPDX-License-Identifier: Apache-2.0
#include "remote/kinesis/reading.h"

#include <fmt/format.h>

#include "remote/kinesis/scripted_kinesis_fixture.h"

namespace pinflow::kinesis {
namespace {

using Reading = ScriptedKinesis;

net::Reply iterator(const std::string& name) {
    return net::answer(200, R"({"ShardIterator":")" + name + R"("})");
}

// Records 49<number>, each of ten bytes with its key.
net::Reply some(std::vector<int> numbers, const std::string& next, int behind_ms = 0) {
    std::string text;
    for (int number : numbers) {
        if (!text.empty()) text += ",";
        text += fmt::format(R"({{"SequenceNumber":"49{}","PartitionKey":"k","Data":"MTIzNDU2Nzg5",)"
                            R"("ApproximateArrivalTimestamp":1.7E9}})",
                            number);
    }
    std::string last = next.empty() ? "" : R"(,"NextShardIterator":")" + next + R"(")";
    return net::answer(
        200, fmt::format(R"({{"Records":[{}],"MillisBehindLatest":{}{}}})", text, behind_ms, last));
}

TEST_F(Reading, a_position_is_entered_once_and_read_on_from_iterator_to_iterator) {
    on("GetShardIterator", {iterator("first")});
    on("GetRecords", {some({1, 2}, "second", 50), some({3}, "third")});
    auto position = run_here(streams->position("s", kShard, {}));
    ASSERT_TRUE(position) << position.error().text;
    ShardRead one = read(position->token, {.records_max = 7}).value();
    ASSERT_EQ(one.records.size(), 2u);
    EXPECT_EQ(one.records[0].arrival_ms, 1'700'000'000'000);
    EXPECT_EQ(one.records[0].data, "123456789");
    EXPECT_EQ(one.next.token, "after:492");
    EXPECT_EQ(one.behind_ms, 50);
    EXPECT_EQ(read(one.next.token).value().next.token, "after:493");
    EXPECT_EQ(bodies("GetShardIterator"),
              std::vector<std::string>{R"({"StreamName":"s","ShardId":"shardId-000000000000",)"
                                       R"("ShardIteratorType":"TRIM_HORIZON"})"});
    EXPECT_EQ(bodies("GetRecords"),
              (std::vector<std::string>{R"({"ShardIterator":"first","Limit":7})",
                                        R"({"ShardIterator":"second","Limit":10000})"}));
}

TEST_F(Reading, a_token_is_good_in_a_process_that_knows_nothing) {
    on("GetShardIterator", {iterator("i")});
    on("GetRecords", {some({}, "j")});
    for (std::string token : {"horizon", "at:497", "after:497", "time:1700000000123"}) {
        EXPECT_TRUE(read(token)) << token;
    }
    std::vector<std::string> asked;
    for (const std::string& body : bodies("GetShardIterator")) {
        asked.push_back(body.substr(body.find("\"ShardIteratorType")));
    }
    EXPECT_EQ(asked,
              (std::vector<std::string>{
                  R"("ShardIteratorType":"TRIM_HORIZON"})",
                  R"("ShardIteratorType":"AT_SEQUENCE_NUMBER","StartingSequenceNumber":"497"})",
                  R"("ShardIteratorType":"AFTER_SEQUENCE_NUMBER","StartingSequenceNumber":"497"})",
                  R"("ShardIteratorType":"AT_TIMESTAMP","Timestamp":1700000000.123})"}));
    for (std::string token :
         {"", "7", "at:", "at:x", "later:5", "time:-1", "latest:5", "latest:5:x"}) {
        EXPECT_EQ(read(token).error().code, Errc::invalid_argument) << token;
    }
}

// Between the restart and the tip lies what was put meanwhile: it must not be passed over.
TEST_F(Reading, the_tip_is_kept_by_the_servers_time_beyond_the_life_of_the_process) {
    net::Reply dated = iterator("tip");
    dated.bytes.insert(dated.bytes.find("\r\n") + 2, "Date: Tue, 14 Nov 2023 22:13:20 GMT\r\n");
    on("GetShardIterator", {dated, dated, iterator("by time")});
    on("GetRecords", {some({}, "further"), some({}, "further still"), some({7}, "on")});
    auto tip = run_here(streams->position("s", kShard, {.kind = ShardStart::Kind::latest})).value();
    auto other = run_here(streams->position("s", kShard, {.kind = ShardStart::Kind::latest}));
    EXPECT_NE(tip.token, other->token) << "two tips of one second are two places";
    EXPECT_EQ(read(tip.token)->next, tip);
    EXPECT_EQ(bodies("GetRecords").at(0), R"({"ShardIterator":"tip","Limit":10000})");
    open();
    EXPECT_TRUE(read(tip.token)->records.empty());
    EXPECT_EQ(read(tip.token)->next.token, "after:497");
    EXPECT_TRUE(bodies("GetShardIterator")
                    .back()
                    .contains(R"("ShardIteratorType":"AT_TIMESTAMP","Timestamp":1699999999.000})"))
        << bodies("GetShardIterator").back();
}

TEST_F(Reading, an_iterator_that_is_over_is_asked_anew_from_the_last_record) {
    on("GetShardIterator", {iterator("i")});
    on("GetRecords",
       {some({1}, "old"), aws_error(400, "ExpiredIteratorException"), some({2}, "new"),
        aws_error(400, "InvalidArgumentException"), some({3}, "newer")});
    EXPECT_EQ(read("horizon")->records.size(), 1u);
    EXPECT_EQ(read("after:491")->records.at(0).sequence_number, "492");
    EXPECT_EQ(read("after:492")->records.at(0).sequence_number, "493");
    EXPECT_TRUE(bodies("GetShardIterator").at(1).contains(R"("StartingSequenceNumber":"491")"));
    EXPECT_TRUE(bodies("GetShardIterator").at(2).contains(R"("StartingSequenceNumber":"492")"));
    on("GetRecords", {aws_error(400, "ExpiredIteratorException")});
    EXPECT_EQ(read("after:493").error().code, Errc::conflict) << "not for ever";
}

TEST_F(Reading, an_old_iterator_is_not_even_tried) {
    on("GetShardIterator", {iterator("i")});
    on("GetRecords", {some({1}, "old"), some({2}, "new")});
    EXPECT_TRUE(read("horizon"));
    clock.step_us = kIteratorUsedUs + 1;
    EXPECT_TRUE(read("after:491"));
    EXPECT_EQ(bodies("GetShardIterator").size(), 2u);
}

TEST_F(Reading, empty_answers_before_the_tip_are_read_over) {
    on("GetShardIterator", {iterator("i")});
    on("GetRecords", {some({}, "j", 90'000), some({}, "k", 4'000), some({5}, "l")});
    ShardRead nothing = read("horizon").value();
    EXPECT_TRUE(nothing.records.empty());
    EXPECT_EQ(nothing.next.token, "horizon");
    EXPECT_EQ(nothing.behind_ms, 90'000);
    EXPECT_FALSE(nothing.is_end);
    EXPECT_EQ(read("horizon", {.wait_max = std::chrono::seconds(20)})->records.size(), 1u);
    EXPECT_EQ(bodies("GetShardIterator").size(), 1u);
    EXPECT_TRUE(bodies("GetRecords").at(2).contains("\"k\""));
}

TEST_F(Reading, a_stretch_without_records_is_not_begun_again_by_whoever_asks_for_its_beginning) {
    on("GetShardIterator", {iterator("i")});
    on("GetRecords", {some({}, "j", 90'000), some({}, "k", 4'000)});
    for (int i = 0; i < 2; ++i) {
        auto beginning = run_here(streams->position("s", kShard, {}));
        EXPECT_TRUE(read(beginning->token));
    }
    EXPECT_EQ(bodies("GetShardIterator").size(), 1u);
    EXPECT_TRUE(bodies("GetRecords").at(1).contains("\"j\""));
}

TEST_F(Reading, what_the_limits_do_not_allow_is_kept_for_the_next_read) {
    on("GetShardIterator", {iterator("i")});
    on("GetRecords", {some({1, 2, 3, 4, 5}, "j"), some({6}, "k")});
    std::string token = "horizon";
    std::vector<std::size_t> counts;
    for (int i = 0; i < 4; ++i) {
        ShardRead some = read(token, {.bytes_max = 25}).value();
        counts.push_back(some.records.size());
        if (i < 2) EXPECT_GT(some.behind_ms, 0);
        token = some.next.token;
    }
    EXPECT_EQ(counts, (std::vector<std::size_t>{2, 2, 1, 1}));
    EXPECT_EQ(token, "after:496");
    EXPECT_EQ(bodies("GetRecords").size(), 2u);
    EXPECT_EQ(read("after:492", {.bytes_max = 1})->records.size(), 1u) << "and from any of them";
}

TEST_F(Reading, the_end_of_a_closed_shard_is_told_and_kept) {
    on("GetShardIterator", {iterator("i")});
    on("GetRecords", {some({1}, ""), some({}, "")});
    ShardRead last = read("horizon").value();
    EXPECT_EQ(last.records.size(), 1u);
    EXPECT_TRUE(last.is_end);
    ShardRead empty = read("after:491").value();
    EXPECT_TRUE(empty.records.empty());
    EXPECT_TRUE(empty.is_end);
    open();
    EXPECT_TRUE(read(last.next.token)->is_end);
    EXPECT_EQ(bodies("GetRecords").size(), 2u);
}

TEST_F(Reading, an_answer_that_is_none_is_not_taken_for_an_end) {
    on("GetShardIterator", {iterator("i")});
    for (std::string text : {"{}", R"({"Records":[{"Data":)", "<html>", "",
                             R"({"Records":[{"PartitionKey":"k","Data":"MQ=="}]})",
                             R"({"Records":[{"SequenceNumber":"1","Data":"no base64"}]})"}) {
        on("GetRecords", {net::answer(200, text)});
        EXPECT_EQ(read("horizon").error().code, Errc::io) << text;
    }
}

TEST_F(Reading, throttling_and_a_weak_service_are_waited_out) {
    on("GetShardIterator",
       {aws_error(400, "ProvisionedThroughputExceededException"), iterator("i")});
    on("GetRecords", {aws_error(400, "ProvisionedThroughputExceededException"),
                      aws_error(500, "InternalFailure"),
                      {"", net::Reply::Then::close},
                      some({1}, "j")});
    EXPECT_EQ(read("horizon")->records.size(), 1u);
}

TEST_F(Reading, a_stream_made_anew_is_not_read_by_old_iterators) {
    auto summary = [](int created) {
        return net::answer(200,
                           fmt::format(R"({{"StreamDescriptionSummary":{{"StreamStatus":"ACTIVE",)"
                                       R"("StreamCreationTimestamp":{}.5}}}})",
                                       created));
    };
    on("DescribeStreamSummary", {summary(1'700'000'000), summary(1'700'000'001)});
    on("ListShards", {net::answer(200, R"({"Shards":[]})")});
    on("GetShardIterator", {iterator("i")});
    on("GetRecords", {some({}, "j")});
    EXPECT_EQ(run_here(streams->describe_stream("s"))->created_ms, 1'700'000'000'500);
    EXPECT_TRUE(read("horizon"));
    EXPECT_TRUE(read("horizon"));
    EXPECT_EQ(bodies("GetShardIterator").size(), 1u);
    EXPECT_TRUE(run_here(streams->describe_stream("s")));
    EXPECT_TRUE(read("horizon"));
    EXPECT_EQ(bodies("GetShardIterator").size(), 2u);
}

TEST_F(Reading, a_stop_ends_a_read_that_waits) {
    on("GetShardIterator", {iterator("i")});
    on("GetRecords", {some({}, "j")});
    Reactor reactor("reader");
    auto waiting = boost::asio::co_spawn(
        reactor.context(),
        streams->read("s", kShard, {"horizon"}, {.wait_max = std::chrono::hours(1)}),
        boost::asio::use_future_t<>{});
    server.wait_for_requests(2);
    streams->stop();
    EXPECT_EQ(waiting.get().error().code, Errc::cancelled);
}

TEST(Pace, gives_so_many_turns_in_any_second_and_none_to_a_shard_that_rests) {
    Pace pace(2);
    EXPECT_EQ(pace.take_turn("a", 100), 100);
    EXPECT_EQ(pace.take_turn("a", 200), 200);
    EXPECT_EQ(pace.take_turn("a", 300), 1'000'100);
    EXPECT_EQ(pace.take_turn("a", 300), 1'000'200);
    EXPECT_EQ(pace.take_turn("a", 5'000'000), 5'000'000);
    EXPECT_EQ(pace.take_turn("b", 300), 300);
    pace.rest("b", 900);
    EXPECT_EQ(pace.take_turn("b", 400), 900);
}

TEST(Places, forget_what_is_too_much_and_count_what_they_hold) {
    Places places;
    Place large{.iterator = "i", .made_us = 0, .ahead = {}, .behind_ms = 0};
    large.ahead.push_back({.data = std::string(20 << 20, 'x')});
    for (int i = 0; i < 3; ++i) places.put({"s", kShard, std::to_string(i)}, large);
    EXPECT_TRUE(places.take({"s", kShard, "0"}, 1));
    EXPECT_FALSE(places.take({"s", kShard, "1"}, 1));
    places.put({"s", kShard, "4"}, large);
    EXPECT_FALSE(places.take({"s", kShard, "0"}, 1)) << "taken away";
    places.forget("s");
    EXPECT_FALSE(places.take({"s", kShard, "4"}, 1));
    for (std::size_t i = 0; i < kPlacesMax + 5; ++i) {
        places.put({"t", kShard, std::to_string(i)}, {.iterator = "i"});
    }
    EXPECT_FALSE(places.take({"t", kShard, "7"}, 1));
    EXPECT_TRUE(places.take({"t", kShard, std::to_string(kPlacesMax + 4)}, 1));
}

}  // namespace
}  // namespace pinflow::kinesis
