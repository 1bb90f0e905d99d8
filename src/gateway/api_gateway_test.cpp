// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "codec/json/minify.h"
#include "gateway/gateway_fake.h"

namespace pinflow::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

class api_gateway : public GatewayFake {
protected:
    std::string iterator(const std::string& stream, const std::string& shard) {
        std::string body =
            ask("GET", "/prod/streams/" + stream + "/sharditerator?shard-id=" + shard).body;
        constexpr std::string_view kBefore = R"({"ShardIterator":")";
        EXPECT_THAT(body, StartsWith(std::string(kBefore)));
        return body.substr(kBefore.size(), body.size() - kBefore.size() - 2);
    }
    HttpResponse get_records(const std::string& stream, std::string iterator_text) {
        return ask("GET", "/prod/streams/" + stream + "/records", "",
                   {{"Shard-Iterator", std::move(iterator_text)}});
    }
};

std::string put_body(const std::string& key, const std::string& data = "1") {
    return "{\"Data\":" + data + ",\"PartitionKey\":\"" + key + "\"}";
}

TEST_F(api_gateway, records_that_went_in_come_out) {
    put("/prod/streams/s/record", put_body("partition-1", R"({"b" : 2, "a": "\u00e9"})"));
    std::string first = iterator("s", "shardId-000000000002");
    auto answer = get_records("s", first);
    EXPECT_EQ(answer.status, 200);
    EXPECT_THAT(answer.body,
                HasSubstr(R"("Records":[{"ApproximateArrivalTimestamp":1700000000.123,)"
                          R"("Data":"eyJiIjoyLCJhIjoiw6kifQ==",)"
                          R"("PartitionKey":"partition-1","SequenceNumber":"1"}])"));
    EXPECT_THAT(answer.body, StartsWith(R"({"MillisBehindLatest":0,"NextShardIterator":")"));
    EXPECT_TRUE(json::minify(answer.body));
    std::string next = answer.body.substr(answer.body.find("NextShardIterator") + 20);
    next.resize(next.find('"'));
    EXPECT_THAT(get_records("s", next).body, HasSubstr(R"("Records":[])"));
    EXPECT_EQ(get_records("s", first).body.size(), answer.body.size())
        << "an iterator can be used again";
}

// As one of a stream in AWS may be, which was split.
TEST_F(api_gateway, a_closed_shard_says_what_it_came_from_and_has_an_end) {
    put("/prod/streams/s/record", put_body("partition-1"));
    streams_.streams.at("s").closed = ShardInfo{.id = "shardId-000000000000",
                                                .hash_key_first = "0",
                                                .hash_key_last = "9",
                                                .sequence_first = "1",
                                                .sequence_last = "7",
                                                .parents = {"shardId-a", "shardId-b"}};
    EXPECT_THAT(ask("GET", "/prod/streams/s").body,
                HasSubstr(R"({"ShardId":"shardId-000000000000","ParentShardId":"shardId-a",)"
                          R"("AdjacentParentShardId":"shardId-b","HashKeyRange":)"
                          R"({"StartingHashKey":"0","EndingHashKey":"9"},"SequenceNumberRange":)"
                          R"({"StartingSequenceNumber":"1","EndingSequenceNumber":"7"}})"));
    EXPECT_EQ(get_records("s", iterator("s", "shardId-000000000000")).body,
              R"({"MillisBehindLatest":0,"Records":[]})");
}

TEST_F(api_gateway, iterator_lives_three_hundred_seconds) {
    put("/prod/streams/s/record", put_body("k"));
    std::string text = iterator("s", "shardId-000000000000");
    clock_.advance_ms(300'000);
    EXPECT_EQ(get_records("s", text).status, 200);
    clock_.advance_ms(1);
    auto expired = get_records("s", text);
    EXPECT_EQ(expired.status, 400);
    EXPECT_EQ(
        expired.body,
        R"({"__type":"ExpiredIteratorException","message":"Iterator expired. The iterator was )"
        R"(created at time Tue Nov 14 22:13:20 UTC 2023 while right now it is Tue Nov 14 22:18:20 )"
        R"(UTC 2023 which is further in the future than the tolerated delay of 300000 )"
        R"(milliseconds."})");
}

TEST_F(api_gateway, iterator_that_we_did_not_make_is_refused) {
    put("/prod/streams/s/record", put_body("k"));
    std::string good = iterator("s", "shardId-000000000000");
    std::vector<std::string> bad = {"", "x", "AAAA", good.substr(0, good.size() - 4),
                                    good + "AAAA"};
    for (std::size_t i = 0; i < good.size(); i += 5) {
        std::string changed = good;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        if (changed != good) bad.push_back(changed);
    }
    for (const std::string& text : bad) {
        auto response = get_records("s", text);
        EXPECT_EQ(response.status, 400) << text;
        EXPECT_EQ(response.body,
                  R"({"__type":"InvalidArgumentException","message":"Invalid ShardIterator."})");
    }
}

TEST_F(api_gateway, put_records_answers_record_by_record) {
    auto response = put("/prod/streams/s/records",
                        R"({"records":[{"data":"plain text","partition-key":"partition-1"},)"
                        R"({"data":{"a": [1]},"partition-key":"k"}]})");
    EXPECT_EQ(response.status, 200);
    EXPECT_THAT(response.body,
                StartsWith(R"({"FailedRecordCount":0,"Records":[{"SequenceNumber":"1",)"
                           R"("ShardId":"shardId-000000000002"},)"));
    EXPECT_EQ(streams_.data("s", 0), "plain text")
        << "$elem.data gives a string without its quotes";
    EXPECT_EQ(streams_.data("s", 1), R"({"a":[1]})");
    streams_.record_error = Error{Errc::no_space, "disk full"};
    auto failed =
        put("/prod/streams/s/records", R"({"records":[{"data":"x","partition-key":"k"}]})");
    EXPECT_EQ(failed.status, 200);
    EXPECT_EQ(
        failed.body,
        R"({"FailedRecordCount":1,"Records":[{"ErrorCode":"ProvisionedThroughputExceededException",)"
        R"("ErrorMessage":"disk full"}]})");
}

TEST_F(api_gateway, put_constraints_are_those_of_kinesis) {
    std::string megabyte(1 << 20, 'x');
    struct {
        std::string body;
        std::string message;
    } const table[] = {
        {R"({"Data":1})",
         "1 validation error detected: Value '' at 'partitionKey' failed to satisfy "
         "constraint: Member must have length greater than or equal to 1"},
        {R"({"Data":1,"PartitionKey":null})", "at 'partitionKey'"},
        {put_body(std::string(257, 'k')), "Member must have length less than or equal to 256"},
        {R"({"PartitionKey":"k"})",
         "Value null at 'data' failed to satisfy constraint: Member must "
         "not be null"},
        {"{}", "2 validation errors detected: "},
        {put_body("k", "\"" + megabyte + "\""), "less than or equal to 1048576"},
    };
    for (const auto& row : table) {
        auto response = put("/prod/streams/s/record", row.body);
        EXPECT_EQ(response.status, 400) << row.body.substr(0, 100);
        EXPECT_THAT(response.body, StartsWith(R"({"__type":"ValidationException","message":")"));
        EXPECT_THAT(response.body, HasSubstr(row.message));
    }
    EXPECT_TRUE(streams_.streams.empty()) << "refused before the stream was made";
    std::string euros;
    for (int i = 0; i < 256; ++i) euros += "\xE2\x82\xAC";
    EXPECT_EQ(put("/prod/streams/s/record", put_body(euros)).status, 200)
        << "characters, not bytes";
    EXPECT_EQ(put("/prod/streams/s/record", put_body("k", "\"" + megabyte.substr(3) + "\"")).status,
              200);
    EXPECT_EQ(put("/prod/streams/s/record", R"({"Data":1,"PartitionKey":5})").status, 200);
    EXPECT_EQ(streams_.streams.at("s").records.back().partition_key, "5");
}

std::string many_records(int count) {
    std::string body = "{\"records\":[";
    for (int i = 0; i < count; ++i) {
        body += std::string(i > 0 ? "," : "") + R"({"data":"x","partition-key":"k"})";
    }
    return body + "]}";
}

TEST_F(api_gateway, put_records_takes_one_to_five_hundred) {
    EXPECT_EQ(put("/prod/streams/s/records", many_records(500)).status, 200);
    auto too_many = put("/prod/streams/s/records", many_records(501));
    EXPECT_EQ(too_many.status, 400);
    EXPECT_THAT(too_many.body,
                HasSubstr("at 'records' failed to satisfy constraint: Member must have "
                          "length less than or equal to 500"));
    EXPECT_THAT(put("/prod/streams/s/records", many_records(0)).body,
                HasSubstr("ValidationException"));
    EXPECT_THAT(put("/prod/streams/s/records", "{}").body, HasSubstr("ValidationException"));
    auto one_bad = put("/prod/streams/s/records",
                       R"({"records":[{"data":"x","partition-key":"k"},{"data":"x"}]})");
    EXPECT_THAT(one_bad.body, HasSubstr("'records.2.member.partitionKey'"));
    EXPECT_EQ(streams_.streams.at("s").records.size(), 500);
}

TEST_F(api_gateway, body_that_no_template_can_read_is_refused) {
    for (const char* body :
         {"", "{", "[]", "nonsense", R"({"Data":1,"Data":2,"PartitionKey":"k"})"}) {
        auto response = put("/prod/streams/s/record", body);
        EXPECT_EQ(response.status, 400) << body;
        EXPECT_THAT(response.body,
                    StartsWith(R"({"message":"Could not parse request body into json: )"));
        EXPECT_EQ(header_of(response, "x-amzn-ErrorType"), "BadRequestException");
    }
    EXPECT_TRUE(streams_.streams.empty());
}

TEST_F(api_gateway, unknown_stream_is_made_with_four_shards_or_refused) {
    put("/prod/streams/s/record", put_body("k"));
    EXPECT_EQ(streams_.streams.at("s").shards, 4);
    open({.auto_create_streams = false});
    auto response = put("/prod/streams/none/record", put_body("k"));
    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(response.body,
              R"({"__type":"ResourceNotFoundException","message":"Stream none under )"
              R"(account 000000000000 not found."})");
    EXPECT_EQ(put("/prod/streams/none/records", many_records(1)).status, 400);
    EXPECT_FALSE(streams_.streams.contains("none"));
}

TEST_F(api_gateway, streams_are_made_described_and_deleted) {
    EXPECT_EQ(ask("POST", "/prod/streams/s", R"({"ShardCount":2})").body, "{}");
    EXPECT_EQ(
        ask("POST", "/prod/streams/s").body,
        R"({"__type":"ResourceInUseException","message":"Stream s under account 000000000000 )"
        R"(already exists."})");
    auto described = ask("GET", "/prod/streams/s").body;
    EXPECT_THAT(described,
                StartsWith(R"({"StreamDescription":{"StreamName":"s","StreamARN":)"
                           R"("arn:aws:kinesis:us-east-1:000000000000:stream/s",)"
                           R"("StreamStatus":"ACTIVE","StreamCreationTimestamp":1700000000.123,)"));
    EXPECT_THAT(described,
                HasSubstr(R"("Shards":[{"ShardId":"shardId-000000000000","HashKeyRange":)"
                          R"({"StartingHashKey":"0","EndingHashKey":"0"},)"
                          R"("SequenceNumberRange":{"StartingSequenceNumber":"1"}},)"));
    EXPECT_EQ(ask("DELETE", "/prod/streams/s").body, "{}");
    for (const char* method : {"GET", "DELETE"}) {
        auto response = ask(method, "/prod/streams/s");
        EXPECT_EQ(response.status, 400);
        EXPECT_THAT(response.body, StartsWith(R"({"__type":"ResourceNotFoundException")"));
    }
}

TEST_F(api_gateway, stream_constraints_are_those_of_kinesis) {
    EXPECT_THAT(ask("POST", "/prod/streams/a%20b").body, HasSubstr("[a-zA-Z0-9_.-]+"));
    EXPECT_THAT(ask("POST", "/prod/streams/" + std::string(129, 'a')).body,
                HasSubstr("length less than or equal to 128"));
    EXPECT_THAT(ask("POST", "/prod/streams/s", R"({"ShardCount":0})").body,
                HasSubstr("'shardCount' failed"));
    EXPECT_THAT(ask("POST", "/prod/streams/s", R"({"ShardCount":501})").body,
                HasSubstr("LimitExceededException"));
    EXPECT_EQ(ask("POST", "/prod/streams/s", R"({"ShardCount":"x"})").status, 400);
    EXPECT_EQ(put("/prod/streams/a:b/record", put_body("k")).status, 400);
    EXPECT_EQ(put("/prod/streams/record", put_body("k")).status, 200)
        << "PUT takes the literal; without a name in the query the word itself is the name";
}

TEST_F(api_gateway, streams_are_listed_page_by_page) {
    for (const char* name : {"a", "b", "c"}) streams_.streams[name];
    EXPECT_EQ(ask("GET", "/prod/streams?Limit=2").body,
              R"({"StreamNames":["a","b"],"HasMoreStreams":true})");
    EXPECT_EQ(ask("GET", "/prod/streams?Limit=2&ExclusiveStartStreamName=b").body,
              R"({"StreamNames":["c"],"HasMoreStreams":false})");
    for (const char* limit : {"0", "-1", "x", "10001"}) {
        EXPECT_EQ(ask("GET", std::string("/prod/streams?Limit=") + limit).status, 400) << limit;
    }
}

TEST_F(api_gateway, shard_iterator_of_nothing_is_refused) {
    EXPECT_THAT(ask("GET", "/prod/streams/s/sharditerator?shard-id=shardId-0").body,
                HasSubstr("Stream s under account 000000000000 not found."));
    ask("POST", "/prod/streams/s");
    EXPECT_THAT(ask("GET", "/prod/streams/s/sharditerator").body,
                HasSubstr("Shard  in stream s under account 000000000000 does not exist"));
}

TEST_F(api_gateway, unknown_paths_and_methods_miss_an_authentication_token) {
    struct {
        const char* method;
        const char* target;
    } const table[] = {{"GET", "/prod/nothing"},          {"PUT", "/prod/streams/s"},
                       {"DELETE", "/prod/streams"},       {"PATCH", "/prod/streams/s/record"},
                       {"GET", "/prod/streams/s/record"}, {"GET", "/prod/streams/s/records/x"},
                       {"GET", "/streams/s/nothing"},     {"GET", "/prod/consumers"}};
    for (const auto& row : table) {
        auto response = ask(row.method, row.target);
        EXPECT_EQ(response.status, 403) << row.method << " " << row.target;
        EXPECT_EQ(response.body, R"({"message":"Missing Authentication Token"})");
        EXPECT_EQ(header_of(response, "x-amzn-ErrorType"), "MissingAuthenticationTokenException");
    }
}

TEST_F(api_gateway, options_on_any_path_answers_the_cors_mock) {
    for (const char* target :
         {"/", "/prod/topics/u.pin", "/prod/streams/s/record", "/x/y/z", "*"}) {
        auto response = ask("OPTIONS", target);
        EXPECT_EQ(response.status, 200) << target;
        EXPECT_EQ(response.body, "{}");
        EXPECT_EQ(header_of(response, "Access-Control-Allow-Methods"),
                  "DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT");
        EXPECT_THAT(header_of(response, "Access-Control-Allow-Headers"),
                    HasSubstr("Idempotency-Key"));
        EXPECT_EQ(header_of(response, "Access-Control-Allow-Origin"), "*");
    }
}

TEST_F(api_gateway, answers_on_a_stage_carry_a_request_id_of_their_own) {
    std::set<std::string> ids;
    for (int i = 0; i < 100; ++i) {
        std::string id = header_of(ask("GET", "/prod/topics"), "x-amzn-RequestId");
        EXPECT_THAT(id, MatchesRegex(
                            "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
        ids.insert(id);
    }
    EXPECT_EQ(ids.size(), 100);
    EXPECT_EQ(header_of(ask("GET", "/topics"), "x-amzn-RequestId"), "") << "the proxy has none";
}

TEST_F(api_gateway, every_answer_of_every_kind_is_json) {
    for (const char* method :
         {"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "BREW"}) {
        for (const char* target :
             {"/", "/topics", "/topics/t", "/topics/t/partitions/0", "/streams", "/streams/s",
              "/streams/s/record", "/streams/s/records", "/streams/s/sharditerator", "/p/x", "/%00",
              "/v3/clusters", "/consumers/g"}) {
            auto response = ask(method, target, "\xFF");
            EXPECT_TRUE(json::minify(response.body))
                << method << " " << target << ": " << response.body;
            EXPECT_THAT(header_of(response, "Content-Type"), HasSubstr("json"));
        }
    }
}

TEST_F(api_gateway, errors_of_the_stream_have_the_code_that_clients_act_upon) {
    struct {
        Errc code;
        int status;
        const char* type;
    } const table[] = {{Errc::unavailable, 400, "ProvisionedThroughputExceededException"},
                       {Errc::no_space, 400, "ProvisionedThroughputExceededException"},
                       {Errc::too_large, 400, "InvalidArgumentException"},
                       {Errc::timed_out, 500, "InternalFailure"},
                       {Errc::io, 500, "InternalFailure"}};
    for (const auto& row : table) {
        streams_.record_error = Error{row.code, "it broke"};
        auto response = put("/prod/streams/s/record", put_body("k"));
        EXPECT_EQ(response.status, row.status);
        EXPECT_EQ(response.body,
                  std::string(R"({"__type":")") + row.type + R"(","message":"it broke"})");
    }
}

}  // namespace
}  // namespace pinflow::gateway
