// SPDX-License-Identifier: Apache-2.0
// Over the brokers that PINFLOW_TEST_KAFKA names (host:port, without security; all their topics
// are removed); tests/scenario/kafka_log.py starts one and runs this.
#include "remote/kafka/kafka_log.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "contract/event_log_contract.h"
#include "posix/system_clock.h"

namespace pinflow::kafka {
namespace {

posix::SystemClock system_clock;

std::shared_ptr<KafkaLog> open_log() {
    auto log =
        KafkaLog::open({.bootstrap_servers = std::getenv("PINFLOW_TEST_KAFKA")}, system_clock);
    EXPECT_TRUE(log) << log.error().text;
    return std::shared_ptr<KafkaLog>(std::move(*log));
}

void remove_all_topics(KafkaLog& log) {
    Reactor reactor("clearing");
    auto topics = reactor.run(log.list_topics());
    ASSERT_TRUE(topics) << topics.error().text;
    for (const TopicInfo& topic : *topics) (void)reactor.run(log.remove_topic(topic.name));
}

constexpr const char* kNoBrokers = "PINFLOW_TEST_KAFKA names no brokers";

contract::EventLogUnderTest make_kafka() {
    if (std::getenv("PINFLOW_TEST_KAFKA") == nullptr) return {.why_not = kNoBrokers};
    auto log = open_log();
    remove_all_topics(*log);
    return {.log = log.get(), .owner = log};
}

using contract::EventLogContract;
INSTANTIATE_TEST_SUITE_P(Kafka, EventLogContract, testing::Values(make_kafka));

}  // namespace
}  // namespace pinflow::kafka
