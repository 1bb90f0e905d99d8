// SPDX-License-Identifier: Apache-2.0
// Streams under an idempotency key: what is put twice is stored once, with one answer.
#include "eventlog/native_streams.h"

#include "eventlog/hash_ranges.h"
#include "eventlog/log_fixture.h"
#include "eventlog/sequence_number.h"

namespace pinflow::eventlog {
namespace {

using Outcomes = Result<std::vector<Result<StoredAt>>>;

// Streams whose clock is behind the committer's: a record arrives in one second and is appended in
// the next.
class KeyedPut : public ::testing::Test {
protected:
    void open(NativeLogSettings settings = small_settings()) {
        log_ = std::make_unique<LogFixture>(files_, std::move(settings));
        ASSERT_TRUE(log_->start().has_value());
        arrival_.set_now_ms(log_->clock().now_ms() - 1);
        streams_.emplace(log_->log().topics(), arrival_);
        ASSERT_TRUE(log_->reactor().run(streams_->create_stream("s", 2)).has_value());
    }
    Outcomes put(std::vector<std::string> keys, IdempotencyKey key = {}) {
        std::vector<StreamRecord> records;
        for (auto& one : keys) records.push_back({std::move(one), std::nullopt, "data"});
        return log_->reactor().run(streams_->put("s", std::move(records), std::move(key)));
    }
    void let_time_pass(std::int64_t ms) {
        log_->clock().advance_ms(ms);
        arrival_.advance_ms(ms);
    }
    std::size_t stored() {
        std::size_t count = 0;
        for (const char* shard : {"shardId-000000000000", "shardId-000000000001"}) {
            count += log_->reactor().run(streams_->read("s", shard, {"0"}, {}))->records.size();
        }
        return count;
    }
    static std::vector<std::string> numbers(const Outcomes& outcomes) {
        std::vector<std::string> found;
        for (const auto& at : *outcomes) found.push_back(at->shard_id + " " + at->sequence_number);
        return found;
    }

    memory::MemoryFiles files_;
    memory::HandClock arrival_;
    std::unique_ptr<LogFixture> log_;
    std::optional<NativeStreams> streams_;
};

TEST_F(KeyedPut, again_has_the_sequence_numbers_that_readers_see) {
    open();
    ASSERT_TRUE(put({"x"}).has_value());
    auto first = put({"a", "b", "partition-1", "c"}, {"k", 1});
    EXPECT_FALSE(first->at(0)->is_repeat);
    let_time_pass(90'000);
    auto again = put({"a", "b", "partition-1", "c"}, {"k", 1});
    EXPECT_EQ(numbers(again), numbers(first));
    for (const auto& at : *again) EXPECT_TRUE(at->is_repeat);
    EXPECT_EQ(stored(), 1U + 4U);

    auto shard = again->at(0)->shard_id;
    auto at = log_->reactor().run(streams_->position(
        "s", shard,
        {.kind = ShardStart::Kind::at_sequence, .sequence_number = again->at(0)->sequence_number}));
    auto read = log_->reactor().run(streams_->read("s", shard, *at, {}));
    EXPECT_EQ(read->records.at(0).sequence_number, again->at(0)->sequence_number);
    EXPECT_EQ(read->records.at(0).partition_key, "a");
}

TEST_F(KeyedPut, of_something_else_is_a_conflict_of_the_whole_put) {
    open();
    ASSERT_TRUE(put({"a", "b"}, {"k", 1}).has_value());
    EXPECT_EQ(put({"a", "b"}, {"k", 2}).error().code, Errc::conflict);
    EXPECT_EQ(put({"a", "b", "c"}, {"k", 1}).error().code, Errc::conflict);
    EXPECT_EQ(stored(), 2U);
}

// Only the second of arrival can differ then: by as much as the append took.
TEST_F(KeyedPut, again_has_the_same_places_also_when_retention_has_taken_the_records) {
    NativeLogSettings settings = small_settings();
    settings.retention_bytes = 1;
    open(settings);
    auto first = put({"a"}, {"k", 1});
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(put({"a"}).has_value());  // some segments
    log_->log().set_holds({});
    ASSERT_TRUE(log_->log().enforce_retention().has_value());
    auto shard = *parse_shard_id(first->at(0)->shard_id);
    ASSERT_GT(log_->reactor().run(log_->log().topics().offsets({"s", shard}))->first, 0);
    auto again = put({"a"}, {"k", 1});
    ASSERT_TRUE(again.has_value() && again->at(0).has_value());
    EXPECT_TRUE(again->at(0)->is_repeat);
    EXPECT_EQ(again->at(0)->shard_id, first->at(0)->shard_id);
    auto sequence = decode_sequence(again->at(0)->sequence_number).value();
    EXPECT_EQ(sequence.offset, 0);
    EXPECT_EQ(sequence.time_s - decode_sequence(first->at(0)->sequence_number)->time_s, 1);
}

}  // namespace
}  // namespace pinflow::eventlog
