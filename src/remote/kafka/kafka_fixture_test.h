// SPDX-License-Identifier: Apache-2.0
// For this folder's tests only: a log over the brokers that PINFLOW_TEST_KAFKA names.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <thread>

#include "base/reactor.h"
#include "codec/kafka/record_batch.h"
#include "posix/system_clock.h"
#include "remote/kafka/handle.h"
#include "remote/kafka/kafka_log.h"

namespace pinflow::kafka {

inline posix::SystemClock test_clock;

constexpr const char* kNoBrokers = "PINFLOW_TEST_KAFKA names no brokers";

inline std::optional<std::string> variable(const char* name) {
    const char* value = std::getenv(name);
    if (value == nullptr) return std::nullopt;
    return value;
}

inline PartitionBatch batch_of(const std::string& topic, const std::vector<std::string>& values,
                               std::int32_t partition = 0,
                               Timestamp timestamp_ms = 1'700'000'000'000) {
    std::vector<Record> records;
    for (const std::string& value : values) {
        records.push_back({.key = "k", .value = value, .timestamp_ms = timestamp_ms});
    }
    return {{topic, partition}, build_batch(records), static_cast<std::int32_t>(records.size())};
}

inline void remove_all_topics(KafkaLog& log, Reactor& reactor) {
    auto topics = reactor.run(log.list_topics());
    ASSERT_TRUE(topics) << topics.error().text;
    for (const TopicInfo& topic : *topics) (void)reactor.run(log.remove_topic(topic.name));
}

class LogTest : public testing::Test {
protected:
    std::shared_ptr<KafkaLog> open() {
        auto opened = KafkaLog::open(settings, test_clock);
        EXPECT_TRUE(opened) << opened.error().text;
        return std::shared_ptr<KafkaLog>(std::move(*opened));
    }
    Result<Appended> try_append(const std::string& topic, const std::vector<std::string>& values) {
        std::vector<PartitionBatch> one = {batch_of(topic, values)};
        return reactor.run(log->append(one, {})).at(0);
    }
    Offset append(const std::string& topic, const std::vector<std::string>& values) {
        auto appended = try_append(topic, values);
        EXPECT_TRUE(appended) << appended.error().text;
        return appended ? appended->base_offset : -1;
    }
    static void wait_until(const std::function<bool()>& condition) {
        auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (!condition()) {
            ASSERT_LT(std::chrono::steady_clock::now(), end) << "it did not come true";
            std::this_thread::yield();
        }
    }

    KafkaSettings settings;
    Reactor reactor{"kafka-test"};
    std::shared_ptr<KafkaLog> log;
};

class KafkaTest : public LogTest {
protected:
    void SetUp() override {
        auto brokers = variable("PINFLOW_TEST_KAFKA");
        if (!brokers) GTEST_SKIP() << kNoBrokers;
        settings.bootstrap_servers = *brokers;
        log = open();
        remove_all_topics(*log, reactor);
    }
    void create(const std::string& topic, std::int32_t partitions = 1) {
        auto created = reactor.run(log->create_topic(topic, partitions));
        ASSERT_TRUE(created) << created.error().text;
    }
};

}  // namespace pinflow::kafka
