// SPDX-License-Identifier: Apache-2.0
// What a broker is told by who signs in with an AWS account. PINFLOW_TEST_KAFKA_IAM names a
// listener with TLS that takes OAUTHBEARER, PINFLOW_TEST_KAFKA_CA its CA;
// tests/scenario/kafka_log.py plays it and looks at the token.
#include <gtest/gtest.h>

#include <atomic>

#include "remote/kafka/kafka_fixture_test.h"

namespace pinflow::kafka {
namespace {

class KafkaToken : public LogTest {
protected:
    void SetUp() override {
        settings.security = Security::sasl_ssl;
        settings.mechanism = Mechanism::aws_msk_iam;
        settings.region = "eu-west-1";
        settings.request_timeout_ms = 3'000;
    }
};

TEST_F(KafkaToken, is_handed_to_the_broker) {
    auto listener = variable("PINFLOW_TEST_KAFKA_IAM");
    if (!listener) GTEST_SKIP() << "PINFLOW_TEST_KAFKA_IAM names no listener";
    settings.bootstrap_servers = *listener;
    settings.ca_file = *variable("PINFLOW_TEST_KAFKA_CA");
    settings.credentials = [] {
        return sigv4::Credentials{"AKIDEXAMPLE", "canary-secret", "session-token"};
    };
    auto checked = open()->check();  // the listener knows no more than to sign in
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().text.find("canary"), std::string::npos) << checked.error().text;
}

TEST_F(KafkaToken, credentials_that_cannot_be_had_are_the_reason_given) {
    std::atomic<int> asked = 0;
    settings.bootstrap_servers = "127.0.0.1:1";
    settings.credentials = [&]() -> Result<sigv4::Credentials> {
        ++asked;
        return fail(Errc::not_found, "no AWS account: set AWS_PROFILE");
    };
    log = open();
    auto refused = log->check();
    ASSERT_FALSE(refused);
    EXPECT_GT(asked, 0);
    EXPECT_EQ(refused.error().code, Errc::permission) << refused.error().text;
    EXPECT_NE(refused.error().text.find("AWS_PROFILE"), std::string::npos) << refused.error().text;
}

}  // namespace
}  // namespace pinflow::kafka
