// SPDX-License-Identifier: Apache-2.0
// Over librdkafka's own brokers in memory: what needs an order to happen (errors, brokers that are
// not there), and no Java. They make no topics and know no log start.
#include <gtest/gtest.h>

#include "remote/kafka/kafka_fixture_test.h"
// Behind rdkafka.h, which it wants.
#include <librdkafka/rdkafka_mock.h>

namespace pinflow::kafka {
namespace {

constexpr std::int16_t kProduceApi = 0;  // of Kafka's protocol

class KafkaMock : public LogTest {
protected:
    void SetUp() override {
        char text[512];
        rd_kafka_conf_t* conf = rd_kafka_conf_new();
        rd_kafka_conf_set(conf, "log_level", "0", text, sizeof text);
        owner_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
        cluster = rd_kafka_mock_cluster_new(owner_, 2);
        rd_kafka_mock_topic_create(cluster, "t", 2, 1);
        rd_kafka_mock_partition_set_leader(cluster, "t", 0, 1);
        settings.bootstrap_servers = rd_kafka_mock_cluster_bootstraps(cluster);
        settings.delivery_timeout_ms = 2'000;
        settings.request_timeout_ms = 2'000;
        log = open();
    }
    void TearDown() override {
        log.reset();
        rd_kafka_mock_cluster_destroy(cluster);
        rd_kafka_destroy(owner_);
    }
    void set_brokers(bool are_up) {
        for (int broker : {1, 2}) {
            if (are_up) rd_kafka_mock_broker_set_up(cluster, broker);
            else rd_kafka_mock_broker_set_down(cluster, broker);
        }
    }
    std::vector<Record> records(Offset from = 0) {
        auto fetched = reactor.run(log->fetch({"t", 0}, from, {}));
        EXPECT_TRUE(fetched) << fetched.error().text;
        return fetched ? decode_records(fetched->batches).value() : std::vector<Record>{};
    }
    rd_kafka_mock_cluster_t* cluster = nullptr;

private:
    rd_kafka_t* owner_ = nullptr;
};

TEST_F(KafkaMock, records_come_back_as_they_were_appended) {
    const std::vector<Record> sent = {
        {.key = "", .value = std::nullopt, .headers = {{"a", ""}, {"a", "2"}}, .timestamp_ms = 7},
        {.key = std::nullopt, .value = "", .timestamp_ms = 5},
        {.key = std::string("\0k", 2), .value = std::string(100'000, 'v'), .timestamp_ms = 0}};
    std::vector<PartitionBatch> one = {{{"t", 0}, build_batch(sent), 3}};
    auto appended = reactor.run(log->append(one, {})).at(0).value();
    EXPECT_EQ(appended.offsets, (std::vector<Offset>{0, 1, 2}));
    std::vector<Record> read;
    while (read.size() < 3) {
        for (Record& record : records(static_cast<Offset>(read.size()))) read.push_back(record);
    }
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(read[i].key, sent[i].key);
        EXPECT_EQ(read[i].value, sent[i].value);
        EXPECT_EQ(read[i].offset, static_cast<Offset>(i));
    }
    EXPECT_EQ(read[0].headers.size(), 2u);
    EXPECT_EQ(read[1].timestamp_ms, 5);
    EXPECT_EQ(read[2].timestamp_ms, 1) << "librdkafka would take 0 for now";
}

TEST_F(KafkaMock, an_append_that_a_broker_puts_off_is_sent_again) {
    rd_kafka_mock_push_request_errors(
        cluster, kProduceApi, 3, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
        RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT);
    EXPECT_EQ(append("t", {"x"}), 0);
    EXPECT_EQ(records().size(), 1u);
}

TEST_F(KafkaMock, what_a_broker_refuses_is_refused_with_what_to_do) {
    struct Refusal {
        rd_kafka_resp_err_t code;
        Errc errc;
        std::string advice;
    };
    for (const Refusal& refusal :
         {Refusal{RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, Errc::too_large, "max.message.bytes"},
          Refusal{RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP, Errc::invalid_argument, "message.timestamp"},
          Refusal{RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, Errc::permission, "kafka.user"}}) {
        rd_kafka_mock_push_request_errors(cluster, kProduceApi, 1, refusal.code);
        auto refused = try_append("t", {"x"});
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, refusal.errc) << refused.error().text;
        EXPECT_NE(refused.error().text.find(refusal.advice), std::string::npos)
            << refused.error().text;
    }
    // The right was given: it is asked for again, and not only in five minutes.
    wait_until([&] { return bool(try_append("t", {"good"})); });
    EXPECT_EQ(records().at(0).value, "good");
}

TEST_F(KafkaMock, partitions_that_are_not_there_are_not_found) {
    std::vector<PartitionBatch> one = {batch_of("t", {"x"}, 2)};
    EXPECT_EQ(reactor.run(log->append(one, {})).at(0).error().code, Errc::not_found);
    EXPECT_EQ(reactor.run(log->offsets({"t", 2})).error().code, Errc::not_found);
    EXPECT_EQ(reactor.run(log->fetch({"t", -1}, 0, {})).error().code, Errc::not_found);
    EXPECT_EQ(reactor.run(log->describe_topic("t"))->partitions, 2);
}

TEST_F(KafkaMock, an_idempotency_key_is_refused_rather_than_half_kept) {
    std::vector<PartitionBatch> one = {batch_of("t", {"x"})};
    auto refused = reactor.run(log->append(one, {.text = "key", .fingerprint = 1})).at(0);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::unsupported);
    EXPECT_EQ(reactor.run(log->offsets({"t", 0}))->end, 0);
}

TEST_F(KafkaMock, a_record_over_the_limit_refuses_its_batch_alone) {
    settings.record_bytes_max = 10'000;
    log = open();
    std::vector<PartitionBatch> two = {batch_of("t", {"small", std::string(10'001, 'x')}),
                                       batch_of("t", {"other"})};
    auto outcomes = reactor.run(log->append(two, {}));
    EXPECT_EQ(outcomes[0].error().code, Errc::too_large);
    EXPECT_EQ(outcomes[1].value().base_offset, 0);
}

TEST_F(KafkaMock, brokers_that_go_make_appends_fail_in_their_time_and_are_found_again) {
    EXPECT_EQ(append("t", {"0"}), 0);
    EXPECT_EQ(records().size(), 1u);
    set_brokers(false);
    auto begin = std::chrono::steady_clock::now();
    auto failed = try_append("t", {"lost"});
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, Errc::unavailable) << failed.error().text;
    EXPECT_NE(failed.error().text.find("kafka.bootstrap_servers"), std::string::npos);
    EXPECT_EQ(reactor.run(log->fetch({"t", 0}, 1, {})).error().code, Errc::unavailable);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
    set_brokers(true);
    wait_until([&] { return bool(try_append("t", {"back"})); });
    wait_until([&] { return bool(reactor.run(log->offsets({"t", 0}))); });
    EXPECT_EQ(records(1).at(0).value, "back");
}

TEST_F(KafkaMock, appends_over_the_byte_bound_are_refused_at_once) {
    settings.append_bytes_max = 1'000'000;
    settings.delivery_timeout_ms = 5'000;
    log = open();
    EXPECT_EQ(append("t", {"0"}), 0);
    set_brokers(false);
    std::vector<PartitionBatch> first = {batch_of("t", {std::string(900'000, 'x')}),
                                         batch_of("t", {std::string(900'000, 'x')})};
    auto held = boost::asio::co_spawn(reactor.context(), log->append(first, {}),
                                      boost::asio::use_future_t<>{});
    auto begin = std::chrono::steady_clock::now();
    Result<Appended> refused;
    wait_until([&] {  // until those before are held
        refused = try_append("t", {"x"});
        return !refused && refused.error().text.find("wait for the brokers") != std::string::npos;
    });
    EXPECT_EQ(refused.error().code, Errc::unavailable);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(4));
    for (auto& outcome : held.get()) EXPECT_FALSE(outcome);
    set_brokers(true);
    wait_until([&] { return bool(try_append("t", {"back"})); });
}

TEST_F(KafkaMock, close_ends_what_waits) {
    settings.delivery_timeout_ms = 60'000;
    log = open();
    EXPECT_EQ(append("t", {"0"}), 0);
    auto fetching = boost::asio::co_spawn(
        reactor.context(), log->fetch({"t", 0}, 1, {.wait_max = std::chrono::minutes(5)}),
        boost::asio::use_future_t<>{});
    set_brokers(false);
    std::vector<PartitionBatch> one = {batch_of("t", {"x"})};
    auto appending = boost::asio::co_spawn(reactor.context(), log->append(one, {}),
                                           boost::asio::use_future_t<>{});
    EXPECT_NE(appending.wait_for(std::chrono::milliseconds(50)), std::future_status::ready);
    log->close();
    EXPECT_FALSE(appending.get().at(0));
    EXPECT_FALSE(fetching.get());
    EXPECT_FALSE(try_append("t", {"late"}));
    EXPECT_FALSE(reactor.run(log->offsets({"t", 0})));
}

TEST(KafkaSettings, what_cannot_be_meant_is_refused_by_the_settings_name) {
    auto refusal = [](KafkaSettings settings) {
        auto log = KafkaLog::open(std::move(settings), test_clock);
        return log ? std::string("opened") : log.error().text;
    };
    EXPECT_NE(refusal({.bootstrap_servers = ""}).find("kafka.bootstrap_servers"),
              std::string::npos);
    EXPECT_NE(refusal({.security = Security::sasl_ssl}).find("kafka.user"), std::string::npos);
    EXPECT_NE(refusal({.ca_file = "/ca.pem"}).find("kafka.security_protocol"), std::string::npos);
    EXPECT_NE(refusal({.security = Security::sasl_plaintext, .mechanism = Mechanism::aws_msk_iam})
                  .find("SASL_SSL"),
              std::string::npos);
    EXPECT_NE(refusal({.compression = "best"}).find("compression"), std::string::npos);
    EXPECT_EQ(parse_security("SASL_SSL").value(), Security::sasl_ssl);
    EXPECT_EQ(parse_mechanism("AWS_MSK_IAM").value(), Mechanism::aws_msk_iam);
    EXPECT_NE(parse_mechanism("GSSAPI").error().text.find("SCRAM-SHA-512"), std::string::npos);
}

}  // namespace
}  // namespace pinflow::kafka
