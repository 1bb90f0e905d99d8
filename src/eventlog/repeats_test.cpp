// SPDX-License-Identifier: Apache-2.0
// What is sent twice is stored once: idempotent producers and idempotency keys, within a life of
// the log and over its ends.
#include <atomic>

#include "eventlog/files_fixture.h"
#include "eventlog/key_table.h"
#include "eventlog/log_fixture.h"

namespace pinflow::eventlog {
namespace {

const TopicPartition kT0{"t", 0};
const TopicPartition kT1{"t", 1};

// No checkpoint by itself: what a test does not ask for is in the journal alone.
NativeLogSettings patient_settings() {
    NativeLogSettings settings = small_settings();
    settings.checkpoint_idle_ms = 1'000'000;
    return settings;
}

using Outcomes = std::vector<Result<Appended>>;

Outcomes append_all(LogFixture& log, std::vector<PartitionBatch> batches, IdempotencyKey key) {
    return log.reactor().run(log.log().topics().append(batches, std::move(key)));
}

PartitionBatch one_batch(const TopicPartition& partition, const std::vector<std::string>& values) {
    return {partition, batch_of(values), static_cast<std::int32_t>(values.size())};
}

struct Ending {
    enum class How { clean_stop, kill, power_cut } how;
    bool is_checkpointed;  // else the journal alone has what was appended
};

// One log with topic t of two partitions, that ends and is opened again.
class Repeats : public ::testing::TestWithParam<Ending> {
protected:
    void SetUp() override {
        ASSERT_TRUE(log_->start().has_value());
        ASSERT_TRUE(log_->create("t", 2).has_value());
    }

    void end_and_open_again(std::int64_t later_ms = 0) {
        Timestamp now_ms = log_->clock().now_ms();
        if (GetParam().is_checkpointed) ASSERT_TRUE(log_->log().checkpoint().has_value());
        if (GetParam().how == Ending::How::clean_stop) log_->stop();
        bool is_killed = GetParam().how == Ending::How::kill;
        auto next = is_killed ? disk_->after_kill() : disk_->after_power_cut(0);
        log_.reset();
        disk_ = std::move(next);
        log_ = std::make_unique<LogFixture>(*disk_, patient_settings());
        log_->clock().set_now_ms(now_ms + later_ms);
        auto opened = log_->start();
        ASSERT_TRUE(opened.has_value()) << opened.error().text;
    }

    Result<Appended> send(std::int32_t sequence, std::int16_t epoch = 0) {
        return log_->append_batch(
            kT0,
            batch_of_producer({"of sequence " + std::to_string(sequence)}, 7, sequence, epoch));
    }
    Result<Appended> send_keyed(const std::string& key, std::uint64_t fingerprint = 1,
                                const std::vector<std::string>& values = {"keyed"}) {
        return log_->append_batch(kT0, batch_of(values), {key, fingerprint});
    }
    std::size_t count(const TopicPartition& partition) { return log_->values(partition)->size(); }

    std::unique_ptr<memory::MemoryFiles> disk_ = std::make_unique<memory::MemoryFiles>();
    std::unique_ptr<LogFixture> log_ = std::make_unique<LogFixture>(*disk_, patient_settings());
};

TEST_P(Repeats, a_producers_last_five_batches_have_the_offsets_they_had) {
    for (std::int32_t sequence = 0; sequence < 6; ++sequence) {
        ASSERT_EQ(send(sequence)->base_offset, sequence);
    }
    Timestamp first_time_ms = log_->clock().now_ms();
    end_and_open_again(5'000);
    for (std::int32_t sequence = 1; sequence < 6; ++sequence) {
        auto again = send(sequence);
        ASSERT_TRUE(again.has_value()) << again.error().text;
        EXPECT_TRUE(again->is_repeat);
        EXPECT_EQ(again->base_offset, sequence);
        EXPECT_EQ(again->append_time_ms, first_time_ms);
    }
    EXPECT_EQ(send(0).error().code, Errc::out_of_order);  // older than what is remembered
    EXPECT_EQ(count(kT0), 6u);
    auto next = send(6);
    ASSERT_TRUE(next.has_value()) << next.error().text;
    EXPECT_FALSE(next->is_repeat);
    EXPECT_EQ(next->base_offset, 6);
}

TEST_P(Repeats, a_producers_gap_is_out_of_order) {
    ASSERT_TRUE(send(0).has_value());
    end_and_open_again();
    EXPECT_EQ(send(2).error().code, Errc::out_of_order);
    EXPECT_EQ(send(1)->base_offset, 1);
    EXPECT_EQ(send(2)->base_offset, 2);
}

TEST_P(Repeats, an_epoch_that_is_over_is_fenced) {
    ASSERT_TRUE(send(0, 0).has_value());
    ASSERT_TRUE(send(0, 1).has_value());
    end_and_open_again();
    EXPECT_EQ(send(1, 0).error().code, Errc::fenced);
    EXPECT_TRUE(send(0, 1)->is_repeat);
    EXPECT_EQ(send(1, 1)->base_offset, 2);
}

TEST_P(Repeats, a_producer_is_known_in_each_partition_by_itself) {
    ASSERT_TRUE(send(0).has_value());
    end_and_open_again();
    auto other = log_->append_batch(kT1, batch_of_producer({"x"}, 7, 0));
    ASSERT_TRUE(other.has_value()) << other.error().text;
    EXPECT_FALSE(other->is_repeat);
    EXPECT_EQ(other->base_offset, 0);
}

TEST_P(Repeats, a_key_again_has_the_offset_it_had) {
    ASSERT_TRUE(log_->append(kT0, {"before"}).has_value());
    auto first = send_keyed("k", 1, {"one", "two"});
    ASSERT_TRUE(first.has_value());
    EXPECT_FALSE(first->is_repeat);
    end_and_open_again(5'000);
    for (int i = 0; i < 2; ++i) {
        auto again = send_keyed("k", 1, {"one", "two"});
        ASSERT_TRUE(again.has_value()) << again.error().text;
        EXPECT_TRUE(again->is_repeat);
        EXPECT_EQ(again->base_offset, 1);
        EXPECT_EQ(again->append_time_ms, first->append_time_ms);
    }
    EXPECT_EQ(count(kT0), 3u);
    EXPECT_FALSE(send_keyed("another key")->is_repeat);
}

TEST_P(Repeats, a_key_of_several_partitions_has_all_its_offsets_again) {
    ASSERT_TRUE(log_->append(kT1, {"before"}).has_value());
    auto request = [] {
        return std::vector{one_batch(kT0, {"a", "b"}), one_batch(kT1, {"c"}),
                           one_batch(kT0, {"d"})};
    };
    for (auto& outcome : append_all(*log_, request(), {"k", 1})) ASSERT_TRUE(outcome.has_value());
    end_and_open_again();
    auto again = append_all(*log_, request(), {"k", 1});
    for (std::size_t i = 0; i < 3; ++i) {
        ASSERT_TRUE(again[i].has_value()) << again[i].error().text;
        EXPECT_TRUE(again[i]->is_repeat);
    }
    EXPECT_EQ(again[0]->base_offset, 0);
    EXPECT_EQ(again[1]->base_offset, 1);
    EXPECT_EQ(again[2]->base_offset, 2);
    EXPECT_EQ(count(kT0), 3u);
    EXPECT_EQ(count(kT1), 2u);
}

TEST_P(Repeats, a_key_with_another_request_is_a_conflict) {
    ASSERT_TRUE(send_keyed("k", 1).has_value());
    end_and_open_again();
    EXPECT_EQ(send_keyed("k", 2).error().code, Errc::conflict);
    EXPECT_EQ(send_keyed("k", 1, {"more", "records"}).error().code, Errc::conflict);
    auto elsewhere = log_->append_batch(kT1, batch_of({"keyed"}), {"k", 1});
    EXPECT_EQ(elsewhere.error().code, Errc::conflict);
    auto wider = append_all(*log_, {one_batch(kT0, {"keyed"}), one_batch(kT1, {"x"})}, {"k", 1});
    EXPECT_EQ(wider[0].error().code, Errc::conflict);
    EXPECT_EQ(wider[1].error().code, Errc::conflict);
    EXPECT_EQ(count(kT0), 1u);
    EXPECT_EQ(count(kT1), 0u);
}

TEST_P(Repeats, a_key_is_kept_for_a_day_and_is_new_then) {
    ASSERT_TRUE(send_keyed("k").has_value());
    end_and_open_again(kKeyKeptMs - 1);
    EXPECT_TRUE(send_keyed("k")->is_repeat);
    end_and_open_again(1);
    auto fresh = send_keyed("k");
    ASSERT_TRUE(fresh.has_value()) << fresh.error().text;
    EXPECT_FALSE(fresh->is_repeat);
    EXPECT_EQ(fresh->base_offset, 1);
    end_and_open_again();
    EXPECT_EQ(send_keyed("k")->base_offset, 1);  // the new one's, not the first's
}

// One partition has no room: the others' records must not be stored either, nor the key be used up.
TEST_P(Repeats, a_keyed_request_is_stored_wholly_or_not_at_all) {
    auto request = [] { return std::vector{one_batch(kT0, {"a"}), one_batch(kT1, {"b"})}; };
    ASSERT_TRUE(log_->append(kT0, {"has room set aside"}).has_value());
    disk_->set_faults({.bytes_until_full = 0});
    for (auto& outcome : append_all(*log_, request(), {"k", 1})) {
        ASSERT_FALSE(outcome.has_value());
        EXPECT_EQ(outcome.error().code, Errc::no_space);
    }
    auto plain = append_all(*log_, request(), {});  // without a key each for itself
    EXPECT_TRUE(plain[0].has_value());
    EXPECT_EQ(plain[1].error().code, Errc::no_space);
    disk_->set_faults({});
    end_and_open_again();
    EXPECT_EQ(count(kT0), 2u);
    EXPECT_EQ(count(kT1), 0u);
    auto stored = append_all(*log_, request(), {"k", 1});
    ASSERT_TRUE(stored[0].has_value() && stored[1].has_value());
    EXPECT_FALSE(stored[0]->is_repeat || stored[1]->is_repeat);
}

TEST_P(Repeats, of_a_removed_topic_nothing_is_repeated) {
    ASSERT_TRUE(send(0).has_value());
    ASSERT_TRUE(send_keyed("k").has_value());
    ASSERT_TRUE(log_->reactor().run(log_->log().topics().remove_topic("t")).has_value());
    ASSERT_TRUE(log_->create("t", 2).has_value());
    end_and_open_again();
    auto of_producer = send(0);
    ASSERT_TRUE(of_producer.has_value());
    EXPECT_FALSE(of_producer->is_repeat);
    EXPECT_EQ(send_keyed("k").error().code, Errc::conflict);  // its partition is another one
    EXPECT_EQ(count(kT0), 1u);
}

std::string name_of_ending(const ::testing::TestParamInfo<Ending>& info) {
    std::string name = info.param.is_checkpointed ? "checkpoint_then_" : "journal_then_";
    switch (info.param.how) {
        case Ending::How::clean_stop: return name + "clean_stop";
        case Ending::How::kill: return name + "kill";
        case Ending::How::power_cut: return name + "power_cut";
    }
    return name;
}

INSTANTIATE_TEST_SUITE_P(Over, Repeats,
                         ::testing::Values(Ending{Ending::How::clean_stop, false},
                                           Ending{Ending::How::kill, false},
                                           Ending{Ending::How::power_cut, false},
                                           Ending{Ending::How::kill, true},
                                           Ending{Ending::How::power_cut, true}),
                         name_of_ending);

Task<void> append_into(EventLog& log, std::vector<PartitionBatch> batches, IdempotencyKey key,
                       Outcomes& outcomes) {
    outcomes = co_await log.append(batches, key);
}

// While the disk syncs a first group, two more requests come to wait for the next one.
TEST(RepeatsInOneGroup, two_requests_with_one_key_are_stored_once) {
    memory::MemoryFiles disk;
    std::atomic<NativeLog*> held = nullptr;
    std::atomic<bool> is_syncing = false;
    auto both_bytes = static_cast<std::int64_t>(2 * batch_of({"once"}).size());
    HookedFiles files(disk, [&](FileAction action, const std::string& path) {
        if (action != FileAction::sync || !path.ends_with(".journal")) return;
        NativeLog* log = held.exchange(nullptr);
        if (log == nullptr) return;
        is_syncing = true;
        while (log->counts().waiting_bytes < both_bytes) std::this_thread::yield();
    });
    LogFixture fixture(files, patient_settings());
    ASSERT_TRUE(fixture.start().has_value());
    ASSERT_TRUE(fixture.create("t").has_value());
    std::int64_t groups_before = fixture.log().counts().groups;
    std::vector<Outcomes> outcomes(3);
    std::vector<std::future<void>> done;
    auto begin = [&](std::size_t i, const std::string& value, const IdempotencyKey& key) {
        done.push_back(boost::asio::co_spawn(
            fixture.reactor().context(),
            append_into(fixture.log().topics(), {one_batch(kT0, {value})}, key, outcomes[i]),
            boost::asio::use_future_t<>{}));
    };
    held = &fixture.log();
    begin(0, "first", {});
    while (!is_syncing) std::this_thread::yield();
    for (std::size_t i : {1u, 2u}) begin(i, "once", {"k", 1});
    for (auto& one : done) one.get();
    ASSERT_EQ(fixture.log().counts().groups - groups_before, 2);
    for (std::size_t i : {1u, 2u}) {
        ASSERT_TRUE(outcomes[i][0].has_value());
        EXPECT_EQ(outcomes[i][0]->base_offset, 1);
    }
    EXPECT_NE(outcomes[1][0]->is_repeat, outcomes[2][0]->is_repeat);
    EXPECT_EQ(fixture.values(kT0)->size(), 2u);
}

TEST(RepeatsInOneGroup, a_keyed_request_with_a_producers_batch_is_refused) {
    memory::MemoryFiles disk;
    LogFixture log(disk, patient_settings());
    ASSERT_TRUE(log.start().has_value());
    ASSERT_TRUE(log.create("t", 2).has_value());
    auto both = append_all(log, {one_batch(kT0, {"a"}), {kT1, batch_of_producer({"b"}, 7, 0), 1}},
                           {"k", 1});
    EXPECT_EQ(both[0].error().code, Errc::invalid_argument);
    EXPECT_EQ(both[1].error().code, Errc::invalid_argument);
    auto unknown =
        append_all(log, {one_batch(kT0, {"a"}), one_batch({"none", 0}, {"b"})}, {"k", 1});
    EXPECT_EQ(unknown[0].error().code, Errc::not_found);
    EXPECT_EQ(log.values(kT0)->size(), 0u);
}

// More than a journal file holds is refused by itself, and no harm to others.
TEST(RepeatsInOneGroup, a_request_larger_than_a_journal_file_is_too_large) {
    memory::MemoryFiles disk;
    NativeLogSettings settings = patient_settings();
    settings.journal_file_bytes = 32 << 10;
    LogFixture log(disk, settings);
    ASSERT_TRUE(log.start().has_value());
    ASSERT_TRUE(log.create("t", 2).has_value());
    std::vector<PartitionBatch> many;
    for (int i = 0; i < 30; ++i) many.push_back(one_batch(kT0, {std::string(1'000, 'x')}));
    for (const std::string& key : {"", "k"}) {
        for (auto& outcome : append_all(log, many, {key, 1})) {
            ASSERT_FALSE(outcome.has_value());
            EXPECT_EQ(outcome.error().code, Errc::too_large);
        }
    }
    EXPECT_EQ(log.append(kT0, {"small"})->base_offset, 0);
}

// Small batches have more beside them in the journal than their own bytes: what waits together must
// still fit a file of it.
TEST(RepeatsInOneGroup, many_small_appends_at_once_fit_the_journal) {
    memory::MemoryFiles disk;
    NativeLogSettings settings = patient_settings();
    settings.journal_file_bytes = 64 << 10;
    LogFixture log(disk, settings);
    ASSERT_TRUE(log.start().has_value());
    ASSERT_TRUE(log.create("t", 2).has_value());
    constexpr std::size_t kRequests = 300;
    std::vector<Outcomes> outcomes(kRequests);
    std::vector<std::future<void>> done;
    for (std::size_t i = 0; i < kRequests; ++i) {
        std::vector<PartitionBatch> batches;
        for (int b = 0; b < 8; ++b) batches.push_back(one_batch(kT0, {"s"}));
        done.push_back(boost::asio::co_spawn(
            log.reactor().context(),
            append_into(log.log().topics(), std::move(batches), {}, outcomes[i]),
            boost::asio::use_future_t<>{}));
    }
    for (auto& one : done) one.get();
    for (auto& outcome : outcomes) ASSERT_TRUE(outcome[0].has_value());
    EXPECT_EQ(log.values(kT0)->size(), 8 * kRequests);
}

}  // namespace
}  // namespace pinflow::eventlog
