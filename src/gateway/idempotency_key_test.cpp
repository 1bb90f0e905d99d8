// SPDX-License-Identifier: Apache-2.0
#include "gateway/idempotency_key.h"

#include "gateway/gateway_fake.h"

namespace pinflow::gateway {
namespace {

using ::testing::HasSubstr;

class idempotency_key : public GatewayFake {
protected:
    HttpResponse post(std::string target, std::string body, std::string key,
                      std::string type = kJsonV2) {
        return ask("POST", std::move(target), std::move(body),
                   {{"Content-Type", std::move(type)}, {"Idempotency-Key", std::move(key)}});
    }
    HttpResponse put_keyed(std::string target, std::string body, std::string key) {
        return ask("PUT", std::move(target), std::move(body),
                   {{"Content-Type", "application/json"}, {"idempotency-key", std::move(key)}});
    }
    std::int64_t counted(const std::string& road) {
        for (const MeterReading& reading : meter_.read()) {
            bool is_it =
                reading.name == "pinflow_gateway_records_total" && reading.labels[0].second == road;
            if (is_it) return reading.value;
        }
        return -1;
    }
    std::size_t records_in(const std::string& topic) {
        std::size_t count = 0;
        for (const auto& partition : log_.topics.at(topic)) count += partition.size();
        return count;
    }
};

constexpr const char* kOne = R"({"records":[{"value":1}]})";
constexpr const char* kThree =
    R"({"records":[{"value":1},{"key":"k","value":2},{"value":3,"partition":2}]})";
constexpr const char* kPut = R"({"Data":{"a":1},"PartitionKey":"partition-1"})";
constexpr const char* kPuts =
    R"({"records":[{"data":"x","partition-key":"a"},{"data":"y","partition-key":"b"}]})";

TEST_F(idempotency_key, a_post_tried_again_has_the_first_answer_and_stores_nothing) {
    log_.topics["t"].resize(3);
    auto first = post("/topics/t", kThree, "6f1c");
    EXPECT_EQ(first.status, 200);
    EXPECT_EQ(header_of(first, "Idempotent-Replayed"), "");
    for (int i = 0; i < 5; ++i) {
        produce("/topics/t", kOne);  // keyless records move on by a partition each time
        auto again = post("/prod/topics/t", kThree, "6f1c");
        EXPECT_EQ(again.status, 200);
        EXPECT_EQ(again.body, first.body);
        EXPECT_EQ(header_of(again, "Idempotent-Replayed"), "true");
    }
    EXPECT_EQ(records_in("t"), 3U + 5U);
    EXPECT_EQ(counted("topics"), 3 + 5) << "repeats are no new records";
}

// As a real Kafka does, which keeps no keys.
TEST_F(idempotency_key, a_log_without_keys_refuses_the_request_as_a_whole) {
    log_.topics["t"].resize(3);
    log_.append_error = Error{Errc::unsupported, "Kafka keeps no idempotency keys"};
    auto refused = post("/topics/t", kThree, "6f1c");
    EXPECT_EQ(refused.status, 400);
    EXPECT_THAT(refused.body, HasSubstr("keeps no idempotency keys"));
}

TEST_F(idempotency_key, records_without_a_key_of_their_own_spread_by_the_requests_key) {
    log_.topics["t"].resize(4);
    for (int i = 0; i < 200; ++i) post("/topics/t", kOne, "key-" + std::to_string(i));
    for (const auto& partition : log_.topics.at("t")) EXPECT_GT(partition.size(), 20U);
}

TEST_F(idempotency_key, used_for_another_request_is_422_and_stores_nothing) {
    ASSERT_EQ(post("/topics/t", kOne, "k").status, 200);
    auto body = post("/topics/t", R"({"records":[{"value":2}]})", "k");
    EXPECT_EQ(body.status, 422);
    EXPECT_EQ(body.body, R"({"error_code":422,"message":"the key was used otherwise"})");
    auto type = post("/topics/t", R"({"records":[{"value":1}]})", "k",
                     "application/vnd.kafka.json.v2+json; charset=utf-8");
    EXPECT_EQ(type.status, 422);
    EXPECT_EQ(records_in("t"), 1U);
    EXPECT_EQ(counted("topics"), 1);
}

TEST_F(idempotency_key, of_a_topic_whose_partitions_changed_is_422) {
    log_.topics["t"].resize(3);
    ASSERT_EQ(post("/topics/t", kThree, "k").status, 200);
    log_.topics["t"].resize(64);
    EXPECT_EQ(post("/topics/t", kThree, "k").status, 422);
}

TEST_F(idempotency_key, is_of_one_topic_and_path_partition) {
    log_.topics["t"].resize(2);
    for (const char* target : {"/topics/t", "/topics/u", "/topics/t/partitions/0",
                               "/topics/t/partitions/1", "/topics/t0"}) {
        auto first = post(target, kOne, "k");
        EXPECT_EQ(header_of(first, "Idempotent-Replayed"), "") << target;
        EXPECT_EQ(header_of(post(target, kOne, "k"), "Idempotent-Replayed"), "true") << target;
    }
}

TEST_F(idempotency_key, that_is_none_is_refused_before_any_effect) {
    for (const std::string& bad : {std::string(), std::string(256, 'k'), std::string("a\tb"),
                                   std::string("caf\xC3\xA9"), std::string("a\x7F")}) {
        auto posted = post("/topics/t", kOne, bad);
        EXPECT_EQ(posted.status, 400);
        EXPECT_EQ(posted.body, R"({"error_code":400,"message":"Idempotency-Key must be one header )"
                               R"(of 1 to 255 printable ASCII characters"})");
        auto record = put_keyed("/prod/streams/s/record", kPut, bad);
        EXPECT_EQ(record.status, 400);
        EXPECT_EQ(record.body, R"({"message":"Idempotency-Key must be one header of 1 to 255 )"
                               R"(printable ASCII characters"})");
        EXPECT_EQ(put_keyed("/prod/streams/s/records", kPuts, bad).status, 400);
    }
    auto twice =
        ask("POST", "/topics/t", kOne,
            {{"Content-Type", kJsonV2}, {"Idempotency-Key", "k"}, {"IDEMPOTENCY-KEY", "k"}});
    EXPECT_EQ(twice.status, 400);
    EXPECT_TRUE(log_.topics.empty());
    EXPECT_TRUE(streams_.streams.empty());
}

TEST_F(idempotency_key, of_any_printable_kind_is_taken) {
    for (const std::string& good : {std::string("k"), std::string(255, '~'), std::string("a b"),
                                    std::string("\"8e03978e-40d5-43e8-bc93-6894a57f9326\"")}) {
        EXPECT_EQ(post("/topics/t", kOne, good).status, 200) << good;
        EXPECT_EQ(header_of(post("/topics/t", kOne, good), "Idempotent-Replayed"), "true") << good;
    }
}

TEST_F(idempotency_key, requests_without_one_are_never_repeats) {
    produce("/topics/t", kOne);
    produce("/topics/t", kOne);
    EXPECT_EQ(records_in("t"), 2U);
    ASSERT_EQ(log_.keys_seen.size(), 2U);
    EXPECT_EQ(log_.keys_seen[1].text, "");
}

// What was refused is not an answer to give again.
TEST_F(idempotency_key, a_post_that_failed_may_be_tried_again_under_its_key) {
    log_.append_error = Error{Errc::no_space, "disk full"};
    EXPECT_THAT(post("/topics/t", kOne, "k").body, HasSubstr("50003"));
    log_.append_error.reset();
    auto again = post("/topics/t", kOne, "k");
    EXPECT_THAT(again.body, HasSubstr(R"("offset":0,)"));
    EXPECT_EQ(header_of(again, "Idempotent-Replayed"), "");
}

TEST_F(idempotency_key, a_put_tried_again_has_the_first_answer_and_stores_nothing) {
    for (auto [target, body] :
         {std::pair("/prod/streams/s/record", kPut), std::pair("/prod/streams/s/records", kPuts)}) {
        std::string key = target;
        auto first = put_keyed(target, body, key);
        EXPECT_EQ(first.status, 200);
        EXPECT_EQ(header_of(first, "Idempotent-Replayed"), "");
        auto again = put_keyed(target, body, key);
        EXPECT_EQ(again.status, 200);
        EXPECT_EQ(again.body, first.body);
        EXPECT_EQ(header_of(again, "Idempotent-Replayed"), "true");
    }
    EXPECT_EQ(streams_.streams.at("s").records.size(), 1U + 2U);
    EXPECT_EQ(counted("streams"), 1 + 2);
}

TEST_F(idempotency_key, a_put_of_something_else_under_it_is_refused_as_a_whole) {
    put_keyed("/prod/streams/s/records", kPuts, "k");
    for (const char* target : {"/prod/streams/s/record", "/prod/streams/s/records"}) {
        auto other = put_keyed(
            target, std::string(target).ends_with("s") ? kPuts + std::string(" ") : kPut, "k");
        EXPECT_EQ(other.status, 400);
        EXPECT_EQ(other.body, R"({"__type":"IdempotentParameterMismatchException",)"
                              R"("message":"the key was used otherwise"})");
    }
    EXPECT_EQ(streams_.streams.at("s").records.size(), 2U);
    EXPECT_EQ(
        header_of(put_keyed("/prod/streams/other/records", kPuts, "k"), "Idempotent-Replayed"), "")
        << "another stream, another key";
}

}  // namespace
}  // namespace pinflow::gateway
