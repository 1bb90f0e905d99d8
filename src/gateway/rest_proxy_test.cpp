// SPDX-License-Identifier: Apache-2.0
#include "gateway/gateway_fake.h"
#include "gateway/rest_proxy/partition_choice.h"

namespace pinflow::gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class rest_proxy_v2 : public GatewayFake {};

constexpr const char* kBinaryV2 = "application/vnd.kafka.binary.v2+json";
constexpr const char* kOneRecord = R"({"records":[{"value":1}]})";

TEST_F(rest_proxy_v2, produce_answer_is_confluents_to_the_byte) {
    auto response = produce("/topics/t", R"({"records":[{"value":{"a":1}},{"value":"x"}]})");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(header_of(response, "Content-Type"), "application/vnd.kafka.v2+json");
    EXPECT_EQ(response.body,
              R"({"offsets":[{"partition":0,"offset":0,"error_code":null,"error":null},)"
              R"({"partition":0,"offset":1,"error_code":null,"error":null}],)"
              R"("key_schema_id":null,"value_schema_id":null})");
}

TEST_F(rest_proxy_v2, answer_waits_until_the_log_has_the_record) {
    open();
    log_.gate.shut();
    boost::asio::io_context context{1};
    std::optional<HttpResponse> answer;
    auto ask_and_keep = [&]() -> Task<void> {
        answer = co_await gateway_->handle({.method = "POST",
                                            .target = "/topics/t",
                                            .headers = {{"Content-Type", kJsonV2}},
                                            .body = kOneRecord});
    };
    boost::asio::co_spawn(context, ask_and_keep(), boost::asio::detached);
    context.poll();
    EXPECT_FALSE(answer);
    log_.gate.open();
    context.restart();
    context.poll();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
}

TEST_F(rest_proxy_v2, json_keys_and_values_are_stored_minified) {
    produce("/topics/t", R"({"records":[
        {"key": "k", "value": {"b" : [1, 2.50], "a": "\u20ac\ud83d\ude00"}},
        {"key": null, "value": null}, {"value": "text"}, {"value": 1e400}, {}]})");
    const auto& records = log_.topics.at("t")[0];
    ASSERT_EQ(records.size(), 5);
    EXPECT_EQ(records[0].key, "\"k\"");
    EXPECT_EQ(records[0].value, "{\"b\":[1,2.50],\"a\":\"\xE2\x82\xAC\xF0\x9F\x98\x80\"}");
    EXPECT_EQ(records[1].key, std::nullopt);
    EXPECT_EQ(records[1].value, std::nullopt);
    EXPECT_EQ(records[2].value, "\"text\"");
    EXPECT_EQ(records[3].value, "1e400");
    EXPECT_EQ(records[4].value, std::nullopt);
}

TEST_F(rest_proxy_v2, binary_keys_and_values_are_stored_decoded) {
    for (const char* type : {kBinaryV2, "application/vnd.kafka.v2+json",
                             "Application/Vnd.Kafka.Binary.V2+JSON ; charset=utf-8"}) {
        EXPECT_EQ(
            produce("/topics/t", R"({"records":[{"key":"aw==","value":"AP8="}]})", type).status,
            200);
    }
    ASSERT_EQ(log_.topics.at("t")[0].size(), 3);
    EXPECT_EQ(log_.topics.at("t")[0][2].key, "k");
    EXPECT_EQ(log_.topics.at("t")[0][2].value, std::string("\0\xFF", 2));
}

TEST_F(rest_proxy_v2, records_may_carry_headers_and_a_time_of_their_own) {
    produce("/topics/t", R"({"records":[{"value":1,"timestamp":5,"headers":[)"
                         R"({"name":"a","value":"aw=="},{"key":"b","value":null}]},{"value":2}]})");
    const auto& records = log_.topics.at("t")[0];
    EXPECT_EQ(records[0].timestamp_ms, 5);
    ASSERT_EQ(records[0].headers.size(), 2);
    EXPECT_EQ(records[0].headers[0].value, "k");
    EXPECT_EQ(records[1].timestamp_ms, clock_.now_ms());
}

struct Refused {
    std::string body;
    int status;
    int error_code;
    std::string message;
};

TEST_F(rest_proxy_v2, what_is_no_produce_request_is_refused_before_any_effect) {
    const Refused table[] = {
        {"", 400, 400, "the text is empty"},
        {"{", 400, 400, "JSON, byte 1"},
        {R"({"records":[{"value":}]})", 400, 400, "expected a value"},
        {R"({"records":[{"value":1}]}x)", 400, 400, "something follows"},
        {R"({"records":[{"value":1,"value":2}]})", 400, 400, "stands twice"},
        {R"({"records":[{"value":"\ud800"}]})", 400, 400, "surrogate"},
        {R"([])", 422, 422, "the request must be an object, not an array"},
        {R"({})", 422, 422, "records must not be empty"},
        {R"({"records":null})", 422, 422, "records must not be empty"},
        {R"({"records":[]})", 422, 422, "records must not be empty"},
        {R"({"records":{}})", 422, 422, "records must be an array, not an object"},
        {R"({"records":[1]})", 422, 422, "a record must be an object, not a number"},
        {R"({"record":[{"value":1}]})", 422, 422, "Unrecognized field: record"},
        {R"({"records":[{"valeu":1}]})", 422, 422, "Unrecognized field: valeu"},
        {R"({"records":[{"value":1,"partition":-1}]})", 422, 422,
         "partition must be a whole number"},
        {R"({"records":[{"value":1,"partition":1.5}]})", 422, 422, "partition must be a whole"},
        {R"({"records":[{"value":1,"partition":"0"}]})", 422, 422, "partition must be a number"},
        {R"({"records":[{"value":1,"partition":2147483648}]})", 422, 422, "partition must be"},
        {R"({"records":[{"value":1,"timestamp":"now"}]})", 422, 422, "timestamp must be a number"},
        {R"({"records":[{"value":1,"headers":{}}]})", 422, 422, "headers must be an array"},
        {R"({"records":[{"value":1,"partition":1}]})", 404, 40402, "Partition not found."},
    };
    log_.topics["t"].resize(1);
    for (const Refused& row : table) {
        auto response = produce("/topics/t", row.body);
        EXPECT_EQ(response.status, row.status) << row.body;
        EXPECT_THAT(response.body, StartsWith("{\"error_code\":" + std::to_string(row.error_code) +
                                              ",\"message\":\""))
            << row.body;
        EXPECT_THAT(response.body, HasSubstr(row.message));
        EXPECT_EQ(header_of(response, "Content-Type"), "application/vnd.kafka.v2+json");
    }
    EXPECT_TRUE(log_.topics.at("t")[0].empty());
    auto response = produce("/topics/t", R"({"records":[{"value":"!"}]})", kBinaryV2);
    EXPECT_EQ(response.status, 422);
    EXPECT_EQ(response.body, R"({"error_code":42207,"message":"value is not base64"})");
}

TEST_F(rest_proxy_v2, value_may_be_as_deep_as_a_stored_json_may_be) {
    auto nested = [](std::size_t depth) {
        return "{\"records\":[{\"value\":" + std::string(depth, '[') + std::string(depth, ']') +
               "}]}";
    };
    EXPECT_EQ(produce("/topics/t", nested(64)).status, 200);
    EXPECT_EQ(produce("/topics/t", nested(65)).status, 400);
    EXPECT_EQ(produce("/topics/t", nested(100'000)).status, 400);
}

TEST_F(rest_proxy_v2, other_media_types_are_refused) {
    for (const char* type : {"", "application/json", "application/vnd.kafka.avro.v2+json",
                             "application/vnd.kafka.json.v1+json", "text/plain"}) {
        auto response = produce("/topics/t", kOneRecord, type);
        EXPECT_EQ(response.status, 415) << type;
        EXPECT_THAT(response.body, StartsWith(R"({"error_code":415,"message":"HTTP 415 )"));
    }
    for (const char* accept :
         {"text/html", "application/vnd.kafka.v2+json;q=0", "application/xml"}) {
        auto response =
            ask("POST", "/topics/t", kOneRecord, {{"Content-Type", kJsonV2}, {"Accept", accept}});
        EXPECT_EQ(response.status, 406) << accept;
    }
    EXPECT_TRUE(log_.topics.empty());
}

TEST_F(rest_proxy_v2, topic_names_outside_kafkas_grammar_are_refused) {
    std::string long_name(250, 'a');
    for (const std::string& name : {std::string("a%20b"), std::string("caf%C3%A9"),
                                    std::string("a:b"), std::string("%2e%2e%2e%3f"), long_name}) {
        auto response = produce("/topics/" + name, kOneRecord);
        EXPECT_EQ(response.status, 400) << name;
        EXPECT_THAT(response.body, StartsWith(R"({"error_code":40002,)")) << name;
    }
    for (const char* target :
         {"/topics/..", "/topics/%2e%2e", "/topics/.", "/topics/a%2Fb", "/topics/a%5Cb",
          "/topics/a%00b", "/topics/%zz", "/topics/a%2", "/../topics/a", "/prod/topics/%2e"}) {
        EXPECT_EQ(produce(target, kOneRecord).status, 400) << target;
    }
    EXPECT_TRUE(log_.topics.empty());
    EXPECT_EQ(produce("/topics/" + std::string(249, 'a'), kOneRecord).status, 200);
    EXPECT_EQ(produce("/topics/%75.pin", kOneRecord).status, 200);
    EXPECT_TRUE(log_.topics.contains("u.pin")) << "decoded once";
    EXPECT_EQ(produce("/topics/a%252e", kOneRecord).status, 400) << "and not twice";
}

TEST_F(rest_proxy_v2, record_goes_to_its_own_partition_else_the_paths_else_by_key) {
    log_.topics["t"].resize(3);
    produce("/topics/t/partitions/1", R"({"records":[{"value":"a"},{"value":"b","partition":2}]})");
    EXPECT_EQ(log_.value("t", 0, 1), "\"a\"");
    EXPECT_EQ(log_.value("t", 0, 2), "\"b\"");
    produce("/topics/t", R"({"records":[{"key":"Zm9vYmFy","value":"Yw=="}]})", kBinaryV2);
    auto expected = static_cast<std::size_t>(rest_proxy::partition_of_key("foobar", 3));
    EXPECT_EQ(log_.topics.at("t")[expected].back().value, "c");
    EXPECT_EQ(produce("/topics/t/partitions/3", kOneRecord).status, 404);
    EXPECT_EQ(produce("/topics/t/partitions/x", kOneRecord).status, 404);
}

TEST_F(rest_proxy_v2, outcomes_come_in_the_order_of_the_request) {
    log_.topics["t"].resize(2);
    auto response =
        produce("/topics/t", R"({"records":[{"value":1,"partition":1},)"
                             R"({"value":2,"partition":0},{"value":3,"partition":1}]})");
    EXPECT_THAT(response.body,
                HasSubstr(R"([{"partition":1,"offset":0,"error_code":null,"error":null},)"
                          R"({"partition":0,"offset":0,"error_code":null,"error":null},)"
                          R"({"partition":1,"offset":1,)"));
}

TEST_F(rest_proxy_v2, records_without_key_use_all_partitions) {
    log_.topics["t"].resize(3);
    for (int i = 0; i < 6; ++i) produce("/topics/t", R"({"records":[{"value":1},{"value":2}]})");
    for (const auto& partition : log_.topics.at("t")) EXPECT_EQ(partition.size(), 4);
}

// From Kafka's own tests (org.apache.kafka.common.utils.UtilsTest).
TEST(partition_choice, hash_is_that_of_kafkas_java_clients) {
    EXPECT_EQ(rest_proxy::murmur2("21"), -973932308);
    EXPECT_EQ(rest_proxy::murmur2("foobar"), -790332482);
    EXPECT_EQ(rest_proxy::murmur2("a-little-bit-long-string"), -985981536);
    EXPECT_EQ(rest_proxy::murmur2("a-little-bit-longer-string"), -1486304829);
    EXPECT_EQ(rest_proxy::murmur2("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8"), -58897971);
    EXPECT_EQ(rest_proxy::murmur2("abc"), 479470107);
}

TEST_F(rest_proxy_v2, failed_appends_are_told_record_by_record_within_200) {
    struct {
        Errc code;
        int error_code;
    } const table[] = {{Errc::unavailable, 50003}, {Errc::no_space, 50003},
                       {Errc::timed_out, 50003},   {Errc::not_found, 50003},
                       {Errc::too_large, 50002},   {Errc::io, 50002}};
    for (const auto& row : table) {
        log_.append_error = Error{row.code, "it broke"};
        auto response = produce("/topics/t", kOneRecord);
        EXPECT_EQ(response.status, 200);
        EXPECT_EQ(response.body,
                  R"({"offsets":[{"partition":null,"offset":null,"error_code":)" +
                      std::to_string(row.error_code) +
                      R"(,"error":"it broke"}],"key_schema_id":null,"value_schema_id":null})");
    }
}

TEST_F(rest_proxy_v2, unknown_topic_is_made_with_the_default_partitions) {
    open({.default_partitions = 3});
    EXPECT_EQ(produce("/topics/t", kOneRecord).status, 200);
    EXPECT_EQ(log_.topics.at("t").size(), 3);
}

TEST_F(rest_proxy_v2, topics_and_partitions_are_described) {
    log_.topics["a"].resize(2);
    log_.topics["b"].resize(1);
    log_.topics["a"][1].resize(7);
    constexpr const char* kSecond =
        R"({"partition":1,"leader":0,"replicas":[{"broker":0,"leader":true,"in_sync":true}]})";
    EXPECT_EQ(ask("GET", "/topics").body, R"(["a","b"])");
    EXPECT_EQ(ask("HEAD", "/prod/topics").body, R"(["a","b"])") << "net/ sends its length alone";
    auto topic = ask("GET", "/topics/a");
    EXPECT_THAT(topic.body, StartsWith(R"({"name":"a","configs":{"cleanup.policy":"delete",)"));
    EXPECT_THAT(topic.body, HasSubstr(kSecond));
    EXPECT_THAT(ask("GET", "/topics/a/partitions").body, HasSubstr(kSecond));
    EXPECT_EQ(ask("GET", "/topics/a/partitions/1").body, kSecond);
    EXPECT_EQ(ask("GET", "/topics/a/partitions/1/offsets").body,
              R"({"beginning_offset":0,"end_offset":7})");
    EXPECT_EQ(ask("GET", "/brokers").body, R"({"brokers":[0]})");
    EXPECT_THAT(ask("GET", "/topics/none").body, HasSubstr("40401"));
    EXPECT_THAT(ask("GET", "/topics/a/partitions/2").body, HasSubstr("40402"));
    EXPECT_THAT(ask("GET", "/topics/none/partitions/0").body, HasSubstr("40401"));
}

TEST_F(rest_proxy_v2, root_says_that_it_lives) {
    for (const char* target : {"/", "/prod", "/prod/", "//"}) {
        EXPECT_EQ(ask("GET", target).status, 200) << target;
        EXPECT_EQ(ask("GET", target).body, "{}") << target;
    }
}

TEST_F(rest_proxy_v2, unknown_paths_and_methods_have_confluents_shapes) {
    auto unknown = ask("GET", "/topics/a/b");
    EXPECT_EQ(unknown.status, 404);
    EXPECT_EQ(unknown.body, R"({"error_code":404,"message":"HTTP 404 Not Found"})");
    EXPECT_EQ(ask("POST", "/consumers/g").status, 404);
    auto method = ask("DELETE", "/topics/a");
    EXPECT_EQ(method.status, 405);
    EXPECT_EQ(method.body, R"({"error_code":405,"message":"HTTP 405 Method Not Allowed"})");
    EXPECT_EQ(header_of(method, "Allow"), "POST, GET");
}

TEST_F(rest_proxy_v2, what_happens_is_counted) {
    constexpr std::string_view kTwo = R"({"records":[{"value":1},{"value":2}]})";
    produce("/topics/t", std::string(kTwo));
    ask("GET", "/topics/none");
    std::map<std::string, std::int64_t> counts;
    for (const MeterReading& reading : meter_.read()) {
        counts[reading.name + (reading.labels.empty() ? "" : "/" + reading.labels[0].second)] =
            reading.value;
    }
    EXPECT_EQ(counts["pinflow_gateway_records_total/topics"], 2);
    EXPECT_EQ(counts["pinflow_gateway_requests_total/answered"], 1);
    EXPECT_EQ(counts["pinflow_gateway_requests_total/refused"], 1);
    EXPECT_EQ(counts["pinflow_gateway_body_bytes_total"], kTwo.size());
}

}  // namespace
}  // namespace pinflow::gateway
