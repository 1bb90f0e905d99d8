// SPDX-License-Identifier: Apache-2.0
// Over the brokers that PINFLOW_TEST_KAFKA names (host:port, without security; all their topics
// are removed); tests/scenario/kafka_log.py starts one and runs this.
#include "remote/kafka/kafka_log.h"

#include "contract/event_log_contract.h"
#include "remote/kafka/kafka_fixture_test.h"

namespace pinflow::kafka {
namespace {

contract::EventLogUnderTest make_kafka() {
    auto brokers = variable("PINFLOW_TEST_KAFKA");
    if (!brokers) return {.why_not = kNoBrokers};
    auto log = KafkaLog::open({.bootstrap_servers = *brokers}, test_clock);
    EXPECT_TRUE(log) << log.error().text;
    Reactor reactor("clearing");
    remove_all_topics(**log, reactor);
    std::shared_ptr<KafkaLog> owner = std::move(*log);
    return {.log = owner.get(), .owner = owner};
}

using contract::EventLogContract;
INSTANTIATE_TEST_SUITE_P(Kafka, EventLogContract, testing::Values(make_kafka));

}  // namespace
}  // namespace pinflow::kafka
