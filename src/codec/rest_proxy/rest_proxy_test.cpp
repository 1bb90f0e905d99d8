// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "codec/json/minify.h"
#include "codec/rest_proxy/media_type.h"

namespace pinflow::rest_proxy {
namespace {

using ::testing::HasSubstr;

TEST(media_type, embedded_format_is_read_whatever_its_case_and_parameters) {
    EXPECT_EQ(embedded_format("application/vnd.kafka.json.v2+json"), Embedded::json);
    EXPECT_EQ(embedded_format(" Application/VND.Kafka.JSON.v2+json ; charset=UTF-8"),
              Embedded::json);
    EXPECT_EQ(embedded_format("application/vnd.kafka.binary.v2+json"), Embedded::binary);
    EXPECT_EQ(embedded_format("application/vnd.kafka.v2+json"), Embedded::binary);
    for (const char* type :
         {"", ";", "application/json", "application/vnd.kafka.avro.v2+json",
          "application/vnd.kafka.json.v1+json", "application/vnd.kafka.json.v2"}) {
        EXPECT_EQ(embedded_format(type), std::nullopt) << type;
    }
}

TEST(media_type, accept_is_a_list_with_weights) {
    for (const char* accept :
         {"", " ", "*/*", "application/*", "application/json", "text/html, */*;q=0.1",
          "application/vnd.kafka.v2+json, application/json;q=0.5",
          "application/vnd.kafka.json.v2+json", "text/html;q=1,*/*; q=0.001"}) {
        EXPECT_TRUE(is_acceptable(accept)) << accept;
    }
    for (const char* accept :
         {"text/html", "application/xml", "*/*;q=0", "application/json; q=0.000",
          "application/vnd.kafka.v1+json", "text/*", ","}) {
        EXPECT_FALSE(is_acceptable(accept)) << accept;
    }
}

TEST(produce, members_may_come_in_any_order_and_schema_members_are_read_over) {
    auto records = parse_produce(R"({"value_schema_id": 3, "records": [
        {"partition": 2, "timestamp": 7, "value": {"a": 1}, "key": "k"}], "key_schema": "x"})",
                                 Embedded::json);
    ASSERT_TRUE(records) << records.error().message;
    ASSERT_EQ(records->size(), 1);
    EXPECT_EQ(records->front().partition, 2);
    EXPECT_EQ(records->front().timestamp_ms, 7);
    EXPECT_EQ(records->front().key, "\"k\"");
    EXPECT_EQ(records->front().value, R"({"a":1})");
}

TEST(produce, every_cut_is_refused_as_bad_json) {
    std::string body =
        R"({"records":[{"key":"a","value":{"b":[1]},"partition":0,"headers":[{"name":"n","value":"dg=="}]}]})";
    ASSERT_TRUE(parse_produce(body, Embedded::json));
    for (std::size_t bytes = 0; bytes < body.size(); ++bytes) {
        auto parsed = parse_produce(body.substr(0, bytes), Embedded::json);
        ASSERT_FALSE(parsed) << bytes;
        EXPECT_EQ(parsed.error().status, 400) << body.substr(0, bytes);
    }
}

// What is stored is always JSON in its minified form, whatever damage got through.
TEST(produce, damaged_bodies_never_store_what_is_not_json) {
    std::mt19937 random(11);
    std::string good =
        R"({"records":[{"key":"a\u00e9","value":{"b":[1,2.5,null]}},{"value":"x"}]})";
    int accepted = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string body = good;
        body[random() % body.size()] = static_cast<char>(random() % 256);
        auto parsed = parse_produce(body, Embedded::json);
        if (!parsed) continue;
        ++accepted;
        for (const ProduceRecord& record : *parsed) {
            if (record.value) ASSERT_EQ(json::minify(*record.value), *record.value);
            if (record.key) ASSERT_EQ(json::minify(*record.key), *record.key);
        }
    }
    EXPECT_GT(accepted, 300);
}

TEST(produce, error_text_is_escaped_in_answers) {
    ProduceOutcome failed{.error_code = kKafkaError, .error = "a \"quote\""};
    EXPECT_THAT(produce_answer(std::span(&failed, 1)), HasSubstr(R"("error":"a \"quote\"")"));
    EXPECT_EQ(error_body({404, 40401, "Topic \"x\"\n"}),
              R"({"error_code":40401,"message":"Topic \"x\"\n"})");
}

}  // namespace
}  // namespace pinflow::rest_proxy
