// SPDX-License-Identifier: Apache-2.0
// What published clients of the course really send (their table is course.md, §3.3, row by row),
// and what becomes of it.
#include "gateway/gateway_fake.h"

namespace pinflow::gateway {
namespace {

using ::testing::HasSubstr;

class deviation : public GatewayFake {};

constexpr const char* kPin = R"({"records": [{"value": {"index": 7528, "title": "caf\u00e9"}}]})";
constexpr const char* kStoredPin = "{\"index\":7528,\"title\":\"caf\xC3\xA9\"}";
constexpr const char* kRecord =
    R"({"StreamName": "streaming-u-pin", "Data": {"index": 7528, "x": 1.50}, "PartitionKey": "partition-1"})";
constexpr const char* kStoredRecord = R"({"index":7528,"x":1.50})";

TEST_F(deviation, row_1_accept_of_kafka_v2_or_of_anything) {
    for (const char* accept : {"application/vnd.kafka.v2+json", "*/*", ""}) {
        auto response = ask("POST", "/prod/topics/u.pin", kPin,
                            {{"Content-Type", kJsonV2}, {"Accept", accept}});
        EXPECT_EQ(response.status, 200) << accept;
    }
    EXPECT_EQ(produce("/prod/topics/u.pin", kPin).status, 200) << "no Accept at all";
    EXPECT_EQ(log_.topics.at("u.pin")[0].size(), 4);
}

TEST_F(deviation, row_2_value_that_is_a_list_is_stored_as_a_list) {
    produce("/prod/topics/u.pin", R"({"records":[{"value":[{"index": 1}]}]})");
    EXPECT_EQ(log_.value("u.pin"), R"([{"index":1}])");
}

TEST_F(deviation, row_3_batch_post_to_a_topic_named_like_a_stream) {
    EXPECT_EQ(produce("/prod/topics/streaming-u-pin", kPin).status, 200);
    EXPECT_EQ(log_.value("streaming-u-pin"), kStoredPin);
    open({.auto_create_topics = false});
    auto refused = produce("/prod/topics/streaming-u-geo", kPin);
    EXPECT_EQ(refused.status, 404);
    EXPECT_EQ(refused.body, R"({"error_code":40401,"message":"Topic not found."})");
    EXPECT_FALSE(log_.topics.contains("streaming-u-geo"));
}

TEST_F(deviation, row_4_double_slash_is_one) {
    EXPECT_EQ(produce("/prod//topics/u.pin", kPin).status, 200);
    EXPECT_EQ(put("/prod//streams/streaming-u-pin/record", kRecord).status, 200);
    EXPECT_EQ(put("//prod/streams//streaming-u-pin///record", kRecord).status, 200);
    EXPECT_EQ(log_.value("u.pin"), kStoredPin);
    EXPECT_EQ(streams_.data("streaming-u-pin", 1), kStoredRecord);
}

TEST_F(deviation, row_5_stream_name_in_the_body_is_ignored) {
    for (const char* name : {"YourStreamName", "{self.stream_name}", "streaming-u-geo"}) {
        std::string body = std::string(R"({"StreamName":")") + name +
                           R"(","Data":{"index":7528,"x":1.50},"PartitionKey":"p"})";
        EXPECT_EQ(put("/prod/streams/streaming-u-user/record", body).status, 200);
    }
    EXPECT_EQ(streams_.streams.size(), 1);
    EXPECT_EQ(streams_.streams.at("streaming-u-user").records.size(), 3);
}

TEST_F(deviation, row_6_no_stream_name_in_the_body) {
    EXPECT_EQ(put("/prod/streams/s/record", R"({"Data":{"a":1},"PartitionKey":"p"})").status, 200);
    EXPECT_EQ(streams_.data("s"), R"({"a":1})");
}

TEST_F(deviation, row_7_data_that_is_base64_text_is_stored_quoted) {
    put("/prod/streams/s/record", R"({"Data":"eyJhIjoxfQ==","PartitionKey":"p"})");
    EXPECT_EQ(streams_.data("s"), R"("eyJhIjoxfQ==")");
}

TEST_F(deviation, row_8_data_that_is_a_list_is_stored_as_a_list) {
    put("/prod/streams/s/record", R"({"Data":[{"a": 1}],"PartitionKey":"p"})");
    EXPECT_EQ(streams_.data("s"), R"([{"a":1}])");
}

TEST_F(deviation, row_9_data_that_is_json_in_a_string_to_a_path_of_the_users_own) {
    open({.custom_routes = {{"/send", {CustomRoute::Kind::stream, "pins"}},
                            {"/data/post", {CustomRoute::Kind::topic, "u.pin"}}}});
    auto response = ask("POST", "/prod/send", R"({"Data":"{\"a\": 1}","PartitionKey":"p"})");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(streams_.data("pins"), R"("{\"a\": 1}")");
    EXPECT_EQ(produce("/prod/data/post/", kPin).status, 200);
    EXPECT_EQ(log_.value("u.pin"), kStoredPin);
    EXPECT_EQ(ask("GET", "/prod/send").status, 403) << "the user gave no GET";
}

TEST_F(deviation, row_10_stream_name_in_the_query_beside_the_literal_record) {
    auto response = put("/prod/streams/record?stream-name=streaming-u-pin", kRecord);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(streams_.data("streaming-u-pin"), kStoredRecord);
    EXPECT_FALSE(streams_.streams.contains("record"));
}

TEST_F(deviation, row_11_post_of_records_instead_of_put) {
    auto response =
        ask("POST", "/prod/streams/s/records", R"({"records":[{"data":"x","partition-key":"p"}]})");
    EXPECT_EQ(response.status, 200);
    EXPECT_THAT(response.body, HasSubstr(R"("FailedRecordCount":0)"));
}

TEST_F(deviation, row_12_trailing_slash_and_bodies_on_get_and_delete) {
    ask("POST", "/prod/streams/s/");
    EXPECT_EQ(ask("GET", "/prod/streams/s/", R"({"StreamName":"t"})").status, 200);
    EXPECT_EQ(ask("GET", "/prod/streams/", "{}").status, 200);
    EXPECT_EQ(ask("GET", "/prod/topics/").status, 200);
    EXPECT_EQ(ask("DELETE", "/prod/streams/s/", R"({"StreamName":"s"})").status, 200);
    EXPECT_TRUE(streams_.streams.empty());
}

TEST_F(deviation, row_13_both_spellings_of_records) {
    put("/prod/streams/s/records", R"({"records":[{"data":{"a": 1},"partition-key":"p"}]})");
    put("/prod/streams/s/records", R"({"Records":[{"Data":{"a": 2},"PartitionKey":"p"}]})");
    EXPECT_EQ(streams_.data("s", 0), R"({"a":1})");
    EXPECT_EQ(streams_.data("s", 1), R"({"a":2})");
}

TEST_F(deviation, row_14_stream_without_shard_count_has_five) {
    EXPECT_EQ(ask("POST", "/prod/streams/a").status, 200);
    EXPECT_EQ(ask("POST", "/prod/streams/b", "{}").status, 200);
    EXPECT_EQ(ask("POST", "/prod/streams/c", R"({"ShardCount":""})").status, 200);
    EXPECT_EQ(ask("POST", "/prod/streams/d", R"({"ShardCount":2})").status, 200);
    EXPECT_EQ(ask("POST", "/prod/streams/e", R"({"ShardCount":"3"})").status, 200);
    std::vector<std::int32_t> shards;
    for (const auto& [name, kept] : streams_.streams) shards.push_back(kept.shards);
    EXPECT_EQ(shards, (std::vector<std::int32_t>{5, 5, 5, 2, 3}));
}

TEST_F(deviation, row_15_streams_are_listed_without_headers_or_body) {
    streams_.streams["a"];
    streams_.streams["b"];
    constexpr const char* kBoth = R"({"StreamNames":["a","b"],"HasMoreStreams":false})";
    EXPECT_EQ(ask("GET", "/prod/streams").body, kBoth);
    EXPECT_EQ(ask("GET", "/prod/streams?ExclusiveStartStreamName=&Limit=").body, kBoth);
}

TEST_F(deviation, row_16_media_type_is_json_or_not_said) {
    EXPECT_EQ(ask("PUT", "/prod/streams/s/record", kRecord).status, 200);
    EXPECT_EQ(ask("PUT", "/prod/streams/s/record", kRecord,
                  {{"Content-Type", "application/json; charset=UTF-8"}})
                  .status,
              200);
    auto other = ask("PUT", "/prod/streams/s/record", kRecord, {{"Content-Type", "text/plain"}});
    EXPECT_EQ(other.status, 415) << "when_no_templates: this type finds no template";
    EXPECT_EQ(other.body, R"({"message":"Unsupported Media Type"})");
    EXPECT_EQ(streams_.streams.at("s").records.size(), 2);
}

// Row 17 is about connections: net/http_server_test.cpp.

TEST_F(deviation, row_18_record_of_another_table_is_taken_as_it_is) {
    EXPECT_EQ(produce("/prod/topics/u.user", kPin).status, 200);
    EXPECT_EQ(log_.value("u.user"), kStoredPin);
}

TEST_F(deviation, every_word_may_be_a_stage) {
    for (const char* stage :
         {"test", "prod", "Prod", "dev", "staging", "production", "0e5ad4db7b"}) {
        EXPECT_EQ(produce(std::string("/") + stage + "/topics/u.pin", kPin).status, 200) << stage;
    }
    EXPECT_EQ(produce("/topics/u.pin", kPin).status, 200) << "no stage: the REST proxy itself";
    EXPECT_EQ(log_.topics.at("u.pin")[0].size(), 8);
}

TEST_F(deviation, errors_of_kinesis_hide_behind_200_where_the_settings_say_so) {
    open({.auto_create_streams = false, .default_response_200 = true});
    auto response = put("/prod/streams/none/record", kRecord);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body,
              R"({"__type":"ResourceNotFoundException","message":"Stream none under )"
              R"(account 000000000000 not found."})");
}

TEST_F(deviation, partition_1_lands_on_the_third_of_four_shards) {
    auto response = put("/prod/streams/s/record", kRecord);
    EXPECT_EQ(response.body, R"({"ShardId":"shardId-000000000002","SequenceNumber":"1"})");
}

}  // namespace
}  // namespace pinflow::gateway
