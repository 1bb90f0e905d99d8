// SPDX-License-Identifier: Apache-2.0
// Shards are split and merged while they are read: nothing is lost or doubled, and the records of a
// key keep their order.
#include <numeric>
#include <random>

#include "stream/follower_state.h"
#include "stream/stream_fixture.h"

namespace pinflow::stream {
namespace {

constexpr const char* kStream = "streaming-u-pin";
constexpr const char* kTable = "u_pin_table";

class StreamReshards : public StreamJobTest {
protected:
    void put(int key) {
        keys_.push_back(key);
        streams.put(kStream, key, pin(static_cast<std::int64_t>(keys_.size()) - 1));
    }
    void put_some(std::mt19937_64& dice) {
        for (std::uint64_t i = 0, n = dice() % 6; i < n; ++i) {
            put(static_cast<int>(dice() % FakeStreams::kKeys));
        }
    }
    FollowerState state() {
        auto text = run_here(book.get(state_key(kStream, kTable))).value();
        return FollowerState::decode(text.value()).value();
    }

    // Records in the order of the table's commits.
    std::vector<std::int64_t> committed() {
        auto found = snapshot(kTable);
        if (!found) return {};
        std::map<std::int64_t, std::string> files;
        for (const DataFile& file : found->files) {
            files[parse_int(file.tags.at("batch")).value()] = file.local_path;
        }
        std::vector<std::int64_t> inds;
        for (auto& [batch, path] : files) {
            auto session = engine_.open_session({.threads = 1}).value();
            EXPECT_TRUE(session->create_view("t", found->schema, {path}));
            std::ranges::copy(session->query("SELECT ind FROM t").value().columns[0].integers,
                              std::back_inserter(inds));
        }
        return inds;
    }
    void expect_all_once_and_each_key_in_order() {
        std::vector<std::int64_t> inds = committed();
        std::map<int, std::int64_t> last_of_key;
        for (std::int64_t ind : inds) {
            auto [last, is_new] = last_of_key.try_emplace(keys_.at(static_cast<std::size_t>(ind)));
            EXPECT_TRUE(is_new || last->second < ind) << last->second << " before " << ind;
            last->second = ind;
        }
        std::ranges::sort(inds);
        std::vector<std::int64_t> expected(keys_.size());
        std::iota(expected.begin(), expected.end(), 0);
        EXPECT_EQ(inds, expected);
        auto count = static_cast<std::int64_t>(keys_.size());
        EXPECT_EQ(job->ledger(), (Ledger{.read = count, .written = count}));
    }

    std::vector<int> keys_;  // of the records, by their ind
};

TEST_F(StreamReshards, children_wait_until_their_parents_are_in_the_table) {
    streams.make(kStream, 1);
    put(1);
    put(50);
    ASSERT_TRUE(streams.split(kStream, 0));
    put(1);
    put(50);
    start();
    EXPECT_TRUE(pass());
    EXPECT_EQ(committed(), (std::vector<std::int64_t>{0, 1}));
    EXPECT_TRUE(later_pass());
    expect_all_once_and_each_key_in_order();
    EXPECT_EQ(state().finished, std::set<std::string>{"shardId-000000000000"});
}

TEST_F(StreamReshards, an_end_may_come_with_the_last_records_or_alone) {
    for (bool says_end_with_records : {false, true}) {
        streams.says_end_with_records = says_end_with_records;
        streams.make(kStream, 1, says_end_with_records ? 1'000 : 2'000);
        put(7);
        start();
        ASSERT_TRUE(drain());
        put(7);
        ASSERT_TRUE(streams.split(kStream, 0));
        put(7);
        ASSERT_TRUE(drain());
        expect_all_once_and_each_key_in_order();
    }
}

TEST_F(StreamReshards, a_parent_that_is_not_drained_holds_up_its_children_and_nobody_else) {
    streams.make(kStream, 2);
    streams.records_per_read = 10;
    put(50);
    put(1);
    start({.memory_bytes = 1 << 20});
    ASSERT_TRUE(drain());
    for (int i = 0; i < 10; ++i) {
        keys_.push_back(1);
        streams.put(kStream, 1,
                    pin(static_cast<std::int64_t>(keys_.size()) - 1) + std::string(100'000, ' '));
    }
    ASSERT_TRUE(streams.split(kStream, 0));
    put(1);
    put(50);
    for (int i = 0; i < 20 && committed().size() < keys_.size(); ++i) later_pass();
    expect_all_once_and_each_key_in_order();
}

TEST_F(StreamReshards, a_drain_goes_through_children_and_grandchildren) {
    streams.make(kStream, 1);
    put(7);
    ASSERT_TRUE(streams.split(kStream, 0));
    put(7);
    ASSERT_TRUE(streams.split(kStream, 1));
    put(7);
    ASSERT_TRUE(streams.merge_with_next(kStream, 3));
    put(7);
    start();
    ASSERT_TRUE(drain());
    expect_all_once_and_each_key_in_order();
}

TEST_F(StreamReshards, new_shards_are_followed_at_once_where_one_ends) {
    streams.make(kStream, 1);
    put(7);
    start({.discovery_interval_ms = 3'600'000});
    EXPECT_TRUE(pass());
    ASSERT_TRUE(streams.split(kStream, 0));
    put(7);
    for (int i = 0; i < 3; ++i) later_pass();
    expect_all_once_and_each_key_in_order();
}

TEST_F(StreamReshards, a_restart_does_not_read_a_finished_shard_again) {
    streams.make(kStream, 1);
    put(7);
    ASSERT_TRUE(streams.split(kStream, 0));
    start();
    ASSERT_TRUE(drain());
    put(7);
    streams.blank(kStream, 0);  // to read it would be an error
    start();
    ASSERT_TRUE(drain());
    expect_all_once_and_each_key_in_order();
    EXPECT_TRUE(state().finished.contains("shardId-000000000000"));
    EXPECT_FALSE(state().positions.contains("shardId-000000000000"));
}

TEST_F(StreamReshards, a_parent_that_retention_took_holds_up_nobody) {
    for (bool is_listed : {true, false}) {
        streams.make(kStream, 1, is_listed ? 1'000 : 2'000);
        put(7);
        start();
        ASSERT_TRUE(drain());
        ASSERT_TRUE(streams.split(kStream, 0));
        if (is_listed) {
            streams.blank(kStream, 0);
        } else {
            streams.expire(kStream, 0);
        }
        put(7);
        start();
        ASSERT_TRUE(drain());
        expect_all_once_and_each_key_in_order();
    }
}

TEST_F(StreamReshards, a_promised_batch_of_a_shard_that_retention_took_is_counted_and_passed_over) {
    streams.make(kStream, 1);
    put(7);
    ASSERT_TRUE(streams.split(kStream, 0));
    death.set(2, false);  // promised, and not in the table
    start();
    pass();
    ASSERT_TRUE(death.is_dead());
    death.revive();
    streams.expire(kStream, 0);
    put(7);
    start();
    ASSERT_TRUE(drain());
    EXPECT_EQ(inds(), std::vector<std::int64_t>{1});
}

TEST_F(StreamReshards, a_lost_work_book_is_made_good_over_a_split) {
    streams.make(kStream, 1);
    put(1);
    put(50);
    ASSERT_TRUE(streams.split(kStream, 0));
    put(1);
    start();
    ASSERT_TRUE(drain());
    ASSERT_TRUE(run_here(book.commit({{state_key(kStream, kTable), std::nullopt}})));
    put(1);
    put(50);
    start();
    ASSERT_TRUE(drain());
    expect_all_once_and_each_key_in_order();
}

TEST_F(StreamReshards, a_stream_made_anew_does_not_pass_for_records_that_retention_took) {
    streams.make(kStream, 1, 1'000);
    for (int i = 0; i < 3; ++i) put(7);
    start({.discovery_interval_ms = 3'600'000});
    ASSERT_TRUE(pass());
    streams.make(kStream, 1, 2'000);  // unseen: it is not looked for new streams now
    put(7);
    later_pass();
    EXPECT_EQ(committed().size(), 3u);
    ASSERT_TRUE(drain());
    expect_all_once_and_each_key_in_order();
}

// Killed at every step, while shards are split and merged at random.
class StreamReshardsAndDies : public StreamReshards, public testing::WithParamInterface<int> {};
INSTANTIATE_TEST_SUITE_P(every_step, StreamReshardsAndDies, testing::Range(1, 25));

TEST_P(StreamReshardsAndDies, each_record_is_one_row_and_each_key_keeps_its_order) {
    std::mt19937_64 dice(static_cast<std::uint64_t>(GetParam()));
    streams.make(kStream, 2);
    streams.records_per_read = 2;
    streams.says_end_with_records = dice() % 2 == 0;
    death.set(GetParam(), dice() % 2 == 0);
    for (int life = 0; life < 3; ++life) {
        start();
        for (int i = 0; i < 6 && !death.is_dead(); ++i) {
            put_some(dice);
            auto open = streams.open_shards(kStream);
            std::size_t shard = open[dice() % open.size()];
            if (dice() % 2 == 0) streams.split(kStream, shard);
            if (dice() % 3 == 0) streams.merge_with_next(kStream, shard);
            put_some(dice);
            later_pass();
        }
        death.set(1 + static_cast<std::int64_t>(dice() % 12), dice() % 2 == 0);
    }
    death.revive();
    start();
    ASSERT_TRUE(drain());
    expect_all_once_and_each_key_in_order();
}

}  // namespace
}  // namespace pinflow::stream
