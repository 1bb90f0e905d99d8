// SPDX-License-Identifier: Apache-2.0
// The job is killed at every step it takes: each record is one row or one refusal all the same.
#include <numeric>
#include <random>

#include "stream/stream_fixture.h"

namespace pinflow::stream {
namespace {

class StreamDiesAt : public StreamJobTest, public testing::WithParamInterface<int> {
protected:
    void add_some(std::mt19937_64& dice) {
        for (std::uint64_t i = 0, n = dice() % 6; i < n; ++i) {
            std::size_t shard = dice() % 3;
            if (dice() % 5 == 0) {
                streams.add("streaming-u-pin", shard, fmt::format("no json {}", refused_++));
            } else {
                streams.add("streaming-u-pin", shard, pin(sent_++));
            }
        }
    }
    std::int64_t sent_ = 0;
    std::int64_t refused_ = 0;
};
INSTANTIATE_TEST_SUITE_P(every_step, StreamDiesAt, testing::Range(1, 25));

// The process dies at its n-th change of the world (work book or object store, in every step of the
// lake's commits too), for each n, before or after the effect; then twice more at random.
TEST_P(StreamDiesAt, each_record_is_in_exactly_one_row_or_refusal_and_the_ledger_says_so) {
    std::mt19937_64 dice(static_cast<std::uint64_t>(GetParam()));
    streams.make("streaming-u-pin", 3);
    streams.records_per_read = 2;
    death.set(GetParam(), dice() % 2 == 0);
    for (int life = 0; life < 3; ++life) {
        start();
        for (int i = 0; i < 6 && !death.is_dead(); ++i) {
            add_some(dice);
            later_pass();
        }
        death.set(1 + static_cast<std::int64_t>(dice() % 12), dice() % 2 == 0);
    }
    death.revive();
    start();
    ASSERT_TRUE(drain());
    std::vector<std::int64_t> expected(static_cast<std::size_t>(sent_));
    std::iota(expected.begin(), expected.end(), 0);
    EXPECT_EQ(inds(), expected);
    if (refused_ > 0) {
        Rows rows = query("u_pin_table_quarantine", "SELECT DISTINCT raw FROM t");
        EXPECT_EQ(static_cast<std::int64_t>(rows.count()), refused_);
        EXPECT_EQ(snapshot("u_pin_table_quarantine")->row_count(), refused_);
    }
    EXPECT_EQ(job->ledger(),
              (Ledger{.read = sent_ + refused_, .written = sent_, .quarantined = refused_}));
}

}  // namespace
}  // namespace pinflow::stream
