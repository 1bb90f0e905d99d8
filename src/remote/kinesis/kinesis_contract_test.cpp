// SPDX-License-Identifier: Apache-2.0
// The contract, over the server at the address that PINFLOW_TEST_KINESIS holds; without it, no test
// of these is there.
#include <cstdlib>

#include "contract/shard_stream_contract.h"
#include "posix/system_clock.h"
#include "remote/kinesis/kinesis_streams.h"

namespace pinflow::contract {
namespace {

std::vector<std::function<ShardStreamUnderTest()>> makers() {
    const char* endpoint = std::getenv("PINFLOW_TEST_KINESIS");
    if (endpoint == nullptr) return {};
    return {[endpoint = std::string(endpoint)] {
        static posix::SystemClock clock;
        kinesis::KinesisSettings settings{.endpoint = endpoint, .region = "us-east-1"};
        settings.credentials = [] { return sigv4::Credentials{"key", "secret", ""}; };
        std::shared_ptr<kinesis::KinesisStreams> streams =
            kinesis::KinesisStreams::open(settings, clock).value();
        for (std::string name : {"s", "another", "four", "five", "one"}) {
            Status removed = run_here(streams->remove_stream(name));
            EXPECT_TRUE(removed || removed.error().code == Errc::not_found) << removed.error().text;
        }
        auto let_time_pass = [] {
            for (Timestamp from = clock.now_ms(); clock.now_ms() < from + 3;) {
                std::this_thread::yield();
            }
        };
        return ShardStreamUnderTest{streams.get(), streams, let_time_pass};
    }};
}

INSTANTIATE_TEST_SUITE_P(Kinesis, ShardStreamContract, testing::ValuesIn(makers()));
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ShardStreamContract);

}  // namespace
}  // namespace pinflow::contract
