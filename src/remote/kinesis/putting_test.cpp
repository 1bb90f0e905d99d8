// SPDX-License-Identifier: Apache-2.0
#include "remote/kinesis/putting.h"

#include <fmt/format.h>

#include "remote/kinesis/scripted_kinesis_fixture.h"

namespace pinflow::kinesis {
namespace {

using Putting = ScriptedKinesis;

std::size_t count_of(const std::string& text, std::string_view part) {
    std::size_t count = 0;
    for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++count;
    return count;
}
std::size_t records_in(const std::string& body) { return count_of(body, "\"PartitionKey\""); }

// Each record is stored, or refused with the code that stands in its place.
net::Reply outcomes(std::vector<std::string> codes) {
    std::string text;
    for (std::size_t i = 0; i < codes.size(); ++i) {
        if (i > 0) text += ",";
        text +=
            codes[i].empty()
                ? fmt::format(R"({{"SequenceNumber":"49{}","ShardId":"{}"}})", i, kShard)
                : fmt::format(R"({{"ErrorCode":"{}","ErrorMessage":"Rate exceeded"}})", codes[i]);
    }
    return net::answer(200, R"({"FailedRecordCount":0,"Records":[)" + text + "]}");
}
net::Reply all_stored(const std::string& body) {
    return outcomes(std::vector<std::string>(records_in(body)));
}

std::vector<StreamRecord> records(std::size_t count, std::size_t bytes = 1) {
    return {count, StreamRecord{"k", std::nullopt, std::string(bytes, 'x')}};
}

constexpr const char* kThrottled = "ProvisionedThroughputExceededException";

TEST_F(Putting, a_put_is_cut_into_requests_that_kinesis_takes) {
    on("PutRecords", all_stored);
    EXPECT_EQ(put(records(1'201)).size(), 1'201u);
    put(records(3, 2 << 20));
    std::vector<std::size_t> counts;
    for (const std::string& body : bodies("PutRecords")) counts.push_back(records_in(body));
    EXPECT_EQ(counts, (std::vector<std::size_t>{500, 500, 201, 2, 1}));
}

TEST_F(Putting, each_record_has_its_own_outcome_in_its_place) {
    on("PutRecords", {outcomes({"", "KMSAccessDeniedException", ""})});
    auto stored = put({{"a", std::nullopt, "1"}, {"b", "7", "2"}, {"c", std::nullopt, "\xff"}});
    ASSERT_EQ(stored.size(), 3u);
    EXPECT_EQ(stored[0]->sequence_number, "490");
    EXPECT_EQ(stored[1].error().code, Errc::permission);
    EXPECT_EQ(stored[2]->sequence_number, "492");
    std::string body = bodies("PutRecords").at(0);
    EXPECT_EQ(body, R"({"StreamName":"s","Records":[{"Data":"MQ==","PartitionKey":"a"},)"
                    R"({"Data":"Mg==","PartitionKey":"b","ExplicitHashKey":"7"},)"
                    R"({"Data":"/w==","PartitionKey":"c"}]})");
}

// The two of key b go one after the other; each is told where it came to lie.
TEST_F(Putting, what_is_throttled_is_put_again_and_of_each_key_one_at_a_time) {
    on("PutRecords", {outcomes({"", kThrottled, kThrottled, kThrottled}),
                      outcomes({kThrottled, ""}), outcomes({""}), outcomes({""})});
    auto stored = put({{"a", std::nullopt, "1"},
                       {"b", std::nullopt, "2"},
                       {"b", std::nullopt, "3"},
                       {"c", std::nullopt, "4"}});
    for (auto& outcome : stored) EXPECT_TRUE(outcome) << outcome.error().text;
    auto sent = bodies("PutRecords");
    ASSERT_EQ(sent.size(), 4u);
    EXPECT_EQ(sent[1], R"({"StreamName":"s","Records":[{"Data":"Mg==","PartitionKey":"b"},)"
                       R"({"Data":"NA==","PartitionKey":"c"}]})");
    EXPECT_EQ(sent[2], R"({"StreamName":"s","Records":[{"Data":"Mg==","PartitionKey":"b"}]})");
    EXPECT_EQ(sent[3], R"({"StreamName":"s","Records":[{"Data":"Mw==","PartitionKey":"b"}]})");
}

TEST_F(Putting, throttling_without_end_is_given_up_and_said_of_each_record) {
    clock.step_us = 1'000'000;
    on("PutRecords", [](const std::string& body) {
        return outcomes(std::vector<std::string>(records_in(body), kThrottled));
    });
    auto stored = put(records(2));
    for (auto& outcome : stored) {
        EXPECT_EQ(outcome.error().code, Errc::unavailable);
        EXPECT_NE(outcome.error().text.find("Rate exceeded"), std::string::npos);
        EXPECT_NE(outcome.error().text.find(server.url()), std::string::npos);
    }
    EXPECT_GE(bodies("PutRecords").size(), 3u);
}

// AWS has nothing that would tell a repetition from a new record.
TEST_F(Putting, a_request_whose_answer_is_lost_is_never_sent_twice) {
    for (net::Reply lost : {net::Reply{"", net::Reply::Then::close},
                            net::Reply{"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{\"Rec",
                                       net::Reply::Then::close},
                            net::answer(200, R"({"Records":[)"), net::answer(200, "{}"),
                            aws_error(500, "InternalFailure")}) {
        std::size_t before = bodies("PutRecords").size();
        on("PutRecords", {lost});
        auto stored = put(records(501));
        EXPECT_EQ(stored[0].error().code, Errc::timed_out) << stored[0].error().text;
        EXPECT_NE(stored[0].error().text.find("unknown"), std::string::npos);
        EXPECT_EQ(stored[500].error().code, Errc::unavailable) << stored[500].error().text;
        EXPECT_EQ(bodies("PutRecords").size(), before + 1);
    }
}

TEST_F(Putting, a_request_that_was_throttled_or_not_sent_as_a_whole_is_sent_again) {
    on("PutRecords", {aws_error(400, kThrottled), aws_error(503, "ServiceUnavailable"),
                      net::answer(503, "<html>"), outcomes({""})});
    EXPECT_TRUE(put(records(1)).at(0));
    net::DeafPort nobody;
    settings.endpoint = nobody.url();
    clock.step_us = 1'000'000;
    streams = KinesisStreams::open(settings, clock).value();
    auto stored = put(records(1));
    EXPECT_EQ(stored.at(0).error().code, Errc::unavailable);
    EXPECT_NE(stored.at(0).error().text.find(nobody.url()), std::string::npos);
    EXPECT_NE(stored.at(0).error().text.find("asked"), std::string::npos);
}

TEST_F(Putting, a_record_that_kinesis_does_not_take_fails_alone) {
    on("PutRecords", [](const std::string& body) {
        if (body.contains("YmFk")) return aws_error(400, "ValidationException", "too large");
        return all_stored(body);
    });
    std::vector<StreamRecord> some = records(5);
    some[3].data = "bad";
    some.push_back({"", std::nullopt, "x"});
    some.push_back({std::string(257, 'k'), std::nullopt, "x"});
    some.push_back({"\xff", std::nullopt, "x"});
    some.push_back({"k", std::nullopt, std::string((10 << 20) + 1, 'x')});
    auto stored = put(std::move(some));
    for (std::size_t i : {0u, 1u, 2u, 4u}) EXPECT_TRUE(stored[i]) << stored[i].error().text;
    for (std::size_t i : {3u, 5u, 6u, 7u}) {
        EXPECT_EQ(stored[i].error().code, Errc::invalid_argument);
    }
    EXPECT_EQ(stored[8].error().code, Errc::too_large);
}

TEST_F(Putting, a_stream_that_is_not_there_and_a_no_are_told_at_once) {
    on("PutRecords", {aws_error(400, "ResourceNotFoundException", "Stream s not found.")});
    auto outcomes = run_here(streams->put("s", records(1), {}));
    EXPECT_EQ(outcomes.error().code, Errc::not_found);
    on("PutRecords", {aws_error(400, "AccessDeniedException")});
    EXPECT_EQ(put(records(1)).at(0).error().code, Errc::permission);
    EXPECT_EQ(bodies("PutRecords").size(), 2u);
    EXPECT_TRUE(put({}).empty());
}

}  // namespace
}  // namespace pinflow::kinesis
