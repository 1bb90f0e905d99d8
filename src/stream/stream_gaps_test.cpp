// SPDX-License-Identifier: Apache-2.0
// Topics with offsets that hold no record, as a real Kafka has them behind transactions and where
// it has compacted; and the job killed at every step over them.
#include <numeric>
#include <random>

#include "sink/fake_log.h"
#include "stream/stream_fixture.h"

namespace pinflow::stream {
namespace {

class StreamOverGaps : public StreamJobTest, public testing::WithParamInterface<int> {
protected:
    StreamOverGaps() { log = &gaps; }
    void start_over_topics() { start({.source = SourceKind::topics}); }
    sink::FakeLog gaps;
};
INSTANTIATE_TEST_SUITE_P(every_step, StreamOverGaps, testing::Range(1, 25));

TEST_F(StreamOverGaps, what_holds_no_record_is_passed_over_and_not_taken_for_lost) {
    gaps.make("u.pin", 1);
    gaps.skip("u.pin", 0, 2);
    gaps.add("u.pin", 0, {pin(1)});
    gaps.skip("u.pin", 0, 1);
    gaps.add("u.pin", 0, {pin(2)});
    gaps.skip("u.pin", 0, 3);
    start_over_topics();
    ASSERT_TRUE(drain());
    EXPECT_EQ(inds(), (std::vector<std::int64_t>{1, 2}));
    EXPECT_EQ(snapshot("u_pin_table")->files.at(0).tags.at("partition=0"), "2..4");
    gaps.skip("u.pin", 0, 3);
    ASSERT_TRUE(drain());
    EXPECT_EQ(job->tables().at(0).positions.at("partition=0"), "11");
    gaps.set_first("u.pin", 0, 11);  // retention takes the end that held nothing
    gaps.add("u.pin", 0, {pin(3)});
    ASSERT_TRUE(drain());
    EXPECT_EQ(inds(), (std::vector<std::int64_t>{1, 2, 3}));
    EXPECT_EQ(job->ledger(), (Ledger{.read = 3, .written = 3}));
}

TEST(TopicSource, a_read_goes_on_over_batches_that_hold_no_record) {
    sink::FakeLog log;
    log.make("u.pin", 1);
    log.mark("u.pin", 0);
    log.mark("u.pin", 0);
    log.add("u.pin", 0, {"2"});
    auto source = read_topics(log);
    constexpr std::size_t kOneBatch = 1;  // in bytes: the log gives one at a time
    auto read = run_here(source->read("u.pin", "partition=0", {"0"}, 10, kOneBatch)).value();
    ASSERT_EQ(read.records.size(), 1u);
    EXPECT_EQ(read.records[0].sequence_number, "2");
    EXPECT_EQ(read.next.token, "3");
}

TEST_P(StreamOverGaps, each_record_is_in_exactly_one_row_whenever_the_job_dies) {
    std::mt19937_64 dice(static_cast<std::uint64_t>(GetParam()));
    std::int64_t sent = 0;
    gaps.make("u.pin", 3);
    death.set(GetParam(), dice() % 2 == 0);
    for (int life = 0; life < 3; ++life) {
        start_over_topics();
        for (int i = 0; i < 6 && !death.is_dead(); ++i) {
            for (std::uint64_t n = dice() % 6; n > 0; --n) {
                auto partition = static_cast<std::int32_t>(dice() % 3);
                if (dice() % 2 == 0) gaps.skip("u.pin", partition, 1 + dice() % 3);
                gaps.add("u.pin", partition, {pin(sent++)});
                if (dice() % 2 == 0) gaps.skip("u.pin", partition, 1);
            }
            later_pass();
        }
        death.set(1 + static_cast<std::int64_t>(dice() % 12), dice() % 2 == 0);
    }
    death.revive();
    start_over_topics();
    ASSERT_TRUE(drain());
    std::vector<std::int64_t> expected(static_cast<std::size_t>(sent));
    std::iota(expected.begin(), expected.end(), 0);
    EXPECT_EQ(inds(), expected);
    EXPECT_EQ(job->ledger(), (Ledger{.read = sent, .written = sent}));
}

}  // namespace
}  // namespace pinflow::stream
