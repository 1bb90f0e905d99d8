// SPDX-License-Identifier: Apache-2.0
#include "emulator/judgement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "emulator/backoff.h"

namespace pinflow::emulator {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;
using enum Verdict;

struct Case {
    Road road;
    int status;
    std::string body;
    Verdict verdict;
    bool may_be_stored;
    std::string reason;
};

// clang-format off
const Case kCases[] = {
    // REST Proxy: accepted is an offset for every record and no error.
    {Road::batch, 200, R"({"offsets":[{"partition":2,"offset":41,"error_code":null,"error":null}],"key_schema_id":null})", accepted, false, ""},
    {Road::batch, 200, R"({"offsets":[{"partition":2,"offset":41}]})", accepted, false, ""},
    {Road::batch, 207, R"({"offsets":[{"partition":2,"offset":41,"error_code":null}]})", accepted, false, ""},
    {Road::batch, 200, R"({"offsets":[{"partition":null,"offset":null,"error_code":50002,"error":"Kafka error"}]})", rejected, false, "HTTP 200, error_code 50002: Kafka error"},
    {Road::batch, 207, R"({"offsets":[{"partition":null,"offset":null,"error_code":50002,"error":"x"}]})", rejected, false, "HTTP 207, error_code 50002: x"},
    {Road::batch, 200, R"({"offsets":[{"partition":0,"error_code":3,"offset":-1}]})", rejected, false, "error_code 3"},
    {Road::batch, 200, R"({"offsets":[{"partition":null,"offset":null,"error_code":50003,"error":"later"}]})", try_again, false, "error_code 50003: later"},
    {Road::batch, 200, R"({"offsets":[{"partition":0,"offset":1},{"error_code":50002,"error":"x"}]})", rejected, true, "error_code 50002"},
    {Road::batch, 200, R"({"error_code":40401,"message":"Topic not found"})", rejected, false, "HTTP 200, error_code 40401: Topic not found"},
    {Road::batch, 404, R"({"error_code":40401,"message":"Topic not found"})", rejected, false, "HTTP 404, error_code 40401: Topic not found"},
    {Road::batch, 422, R"({"error_code":42201,"message":"bad"})", rejected, false, "42201"},
    {Road::batch, 200, R"({"offsets":[]})", rejected, true, "does not say where"},
    {Road::batch, 200, R"({"offsets":[{"partition":0,"offset":"41"}]})", rejected, true, "does not say where"},
    {Road::batch, 200, R"({"offsets":[{"partition":0,"offset":1.5}]})", rejected, true, "no JSON object"},
    {Road::batch, 200, R"({"offsets":[{"partition":0,"offset":41}]} x)", rejected, true, "no JSON object"},
    {Road::batch, 200, R"({"offsets":[{"partition":0,"offset":4)", rejected, true, "no JSON object"},
    {Road::batch, 200, "", rejected, true, "no JSON object"},
    {Road::batch, 200, "<html>hello</html>", rejected, true, "HTTP 200, and the body is no JSON object"},
    {Road::batch, 200, R"({"SequenceNumber":"1","ShardId":"s"})", rejected, true, "does not say where"},
    {Road::batch, 400, R"({"offsets":[{"partition":0,"offset":41}]})", rejected, true, "HTTP 400"},
    {Road::batch, 403, R"({"message":"Missing Authentication Token"})", rejected, false, "HTTP 403: Missing Authentication Token"},
    {Road::batch, 302, "", rejected, false, "HTTP 302"},
    {Road::batch, 408, "", try_again, false, "HTTP 408"},
    {Road::batch, 429, "", try_again, false, "HTTP 429"},
    {Road::batch, 503, R"({"error_code":50301,"message":"starting"})", try_again, false, "50301: starting"},
    {Road::batch, 500, R"({"error_code":500,"message":"Internal Server Error"})", try_again, true, "HTTP 500"},
    {Road::batch, 504, R"({"message":"Endpoint request timed out"})", try_again, true, "timed out"},
    // Kinesis: accepted is a sequence number; errors often come as 200.
    {Road::stream, 200, R"({"SequenceNumber":"4954","ShardId":"shardId-000000000001"})", accepted, false, ""},
    {Road::stream, 200, R"({"EncryptionType":"KMS","SequenceNumber":"4954","ShardId":"shardId-000000000001"})", accepted, false, ""},
    {Road::stream, 200, R"({"__type":"ResourceNotFoundException","message":"Stream S under account A not found."})", rejected, false, "HTTP 200, ResourceNotFoundException: Stream S under account A not found."},
    {Road::stream, 400, R"({"__type":"com.amazonaws.kinesis.v20131202#ResourceNotFoundException","message":"m"})", rejected, false, "HTTP 400, ResourceNotFoundException: m"},
    {Road::stream, 200, R"({"__type":"SerializationException","Message":"Start of list"})", rejected, false, "SerializationException: Start of list"},
    {Road::stream, 200, R"({"__type":"ProvisionedThroughputExceededException","message":"Rate exceeded"})", try_again, false, "Rate exceeded"},
    {Road::stream, 400, R"({"__type":"ProvisionedThroughputExceededException","message":"Rate exceeded"})", try_again, false, "Rate exceeded"},
    {Road::stream, 500, R"({"__type":"InternalFailure"})", try_again, true, "InternalFailure"},
    {Road::stream, 200, R"({"__type":"InternalFailure"})", try_again, true, "InternalFailure"},
    {Road::stream, 200, R"({"SequenceNumber":4954,"ShardId":"s"})", rejected, true, "does not say where"},
    {Road::stream, 200, R"({"SequenceNumber":"","ShardId":"s"})", rejected, true, "does not say where"},
    {Road::stream, 200, R"({"SequenceNumber":"1","__type":"X"})", rejected, false, "X"},
    {Road::stream, 200, R"({"offsets":[{"partition":0,"offset":41}]})", rejected, true, "does not say where"},
    {Road::stream, 200, "{}", rejected, true, "does not say where"},
};
// clang-format on

TEST(Judgement, believes_the_body_and_not_the_status) {
    for (const Case& c : kCases) {
        Judgement judgement = judge(c.road, {.status = c.status, .body = c.body});
        std::string what = std::to_string(c.status) + " " + c.body;
        EXPECT_EQ(judgement.verdict, c.verdict) << what;
        EXPECT_EQ(judgement.may_be_stored, c.may_be_stored) << what;
        EXPECT_THAT(judgement.reason, HasSubstr(c.reason)) << what;
        EXPECT_EQ(judgement.reason.empty(), c.verdict == accepted) << what;
    }
}

TEST(Judgement, says_where_an_accepted_record_is) {
    Judgement batch = judge(
        Road::batch, {.body = R"({"offsets":[{"partition":2,"offset":41,"error_code":null}]})"});
    EXPECT_EQ(batch.partition, 2);
    EXPECT_EQ(batch.offset, 41);
    Judgement stream = judge(
        Road::stream, {.body = R"({"ShardId":"shardId-000000000001","SequenceNumber":"4954"})"});
    EXPECT_EQ(stream.shard_id, "shardId-000000000001");
    EXPECT_EQ(stream.sequence_number, "4954");
}

TEST(Judgement, of_a_failed_send_asks_whether_it_can_have_arrived) {
    Judgement refused = judge(Error{Errc::unavailable, "refused"});
    EXPECT_EQ(refused.verdict, try_again);
    EXPECT_TRUE(refused.is_unreachable);
    EXPECT_FALSE(refused.may_be_stored);
    for (Errc code : {Errc::io, Errc::timed_out, Errc::too_large, Errc::cancelled}) {
        Judgement doubtful = judge(Error{code, "x"});
        EXPECT_EQ(doubtful.verdict, try_again);
        EXPECT_FALSE(doubtful.is_unreachable);
        EXPECT_TRUE(doubtful.may_be_stored);
    }
}

TEST(Judgement, reads_retry_after_in_seconds) {
    auto wish = [](std::string value) {
        return judge(Road::batch, {.status = 429, .headers = {{"retry-after", std::move(value)}}})
            .retry_after;
    };
    EXPECT_EQ(wish("2"), 2'000ms);
    EXPECT_EQ(wish("0"), 0ms);
    EXPECT_EQ(wish("9223372036854775807"), 3'600'000ms);
    EXPECT_EQ(wish("-1"), std::nullopt);
    EXPECT_EQ(wish("Wed, 21 Oct 2015 07:28:00 GMT"), std::nullopt);
}

TEST(Backoff, doubles_up_to_its_limit_with_half_of_it_by_chance) {
    RetryPolicy policy{.wait_first = 100ms, .wait_max = 5'000ms};
    EXPECT_EQ(backoff(policy, 1, 0.0, {}), 50ms);
    EXPECT_EQ(backoff(policy, 1, 0.5, {}), 75ms);
    EXPECT_EQ(backoff(policy, 2, 0.0, {}), 100ms);
    EXPECT_EQ(backoff(policy, 6, 0.0, {}), 1'600ms);
    EXPECT_EQ(backoff(policy, 7, 0.0, {}), 2'500ms);
    EXPECT_EQ(backoff(policy, 1'000'000, 0.0, {}), 2'500ms);
    EXPECT_LE(backoff(policy, 1'000'000, 0.999, {}), 5'000ms);
    EXPECT_EQ(backoff(policy, 1, 0.0, 1'000ms), 1'000ms);
    EXPECT_EQ(backoff(policy, 1, 0.0, 60'000ms), 5'000ms);
    EXPECT_EQ(backoff({.wait_first = 0ms, .wait_max = 0ms}, 9, 0.9, {}), 0ms);
}

}  // namespace
}  // namespace pinflow::emulator
