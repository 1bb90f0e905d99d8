// SPDX-License-Identifier: Apache-2.0
#include "eventlog/producer_states.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <random>

namespace pinflow::eventlog {
namespace {

constexpr std::int64_t kProducer = 7;

struct Sent {
    std::int32_t first = 0;
    std::int32_t records = 1;
    std::int16_t epoch = 0;
    std::int64_t producer = kProducer;
};

kafka::BatchHeader header_of(const Sent& sent) {
    return {.last_offset_delta = sent.records - 1,
            .producer_id = sent.producer,
            .producer_epoch = sent.epoch,
            .base_sequence = sent.first,
            .record_count = sent.records};
}

// A partition that does with its producers what the log does.
struct Partition {
    ProducerStates states;
    Offset end = 100;
    Timestamp now_ms = 1'000;

    // Where the batch lies, now or since before.
    Result<Offset> append(const Sent& sent) {
        auto header = header_of(sent);
        TRY(auto repeated, states.check(header));
        if (repeated) return repeated->base_offset;
        header.base_offset = end;
        end += sent.records;
        states.note(header, now_ms);
        return header.base_offset;
    }
    Errc refusal(const Sent& sent) {
        auto outcome = append(sent);
        return outcome ? Errc::internal : outcome.error().code;
    }
};

TEST(ProducerStates, lets_by_what_is_not_an_idempotent_producers) {
    Partition partition;
    Sent plain{.first = -1, .records = 2, .epoch = -1, .producer = -1};
    EXPECT_EQ(partition.append(plain).value(), 100);
    EXPECT_EQ(partition.append(plain).value(), 102);
    EXPECT_EQ(partition.states.size(), 0U);
}

TEST(ProducerStates, a_batch_follows_the_one_before) {
    Partition partition;
    EXPECT_EQ(partition.append({.first = 0, .records = 3}).value(), 100);
    EXPECT_EQ(partition.append({.first = 3, .records = 2}).value(), 103);
    EXPECT_EQ(partition.refusal({.first = 6}), Errc::out_of_order);  // 5 is missing
    EXPECT_EQ(partition.refusal({.first = 4}), Errc::out_of_order);  // half of it is there
    EXPECT_EQ(partition.append({.first = 5}).value(), 105);          // and nothing is spoilt
}

TEST(ProducerStates, a_repeat_of_the_last_five_has_the_outcome_it_had) {
    Partition partition;
    for (std::int32_t i = 0; i < 6; ++i) {
        partition.now_ms = 1'000 + i;
        ASSERT_TRUE(partition.append({.first = 2 * i, .records = 2}).has_value());
    }
    for (std::int32_t i = 1; i < 6; ++i) {
        auto repeated = partition.states.check(header_of({.first = 2 * i, .records = 2})).value();
        EXPECT_EQ(repeated, (ProducerBatch{2 * i, 2 * i + 1, 100 + 2 * i, 1'000 + i}));
    }
    // Kafka too: older ones are out of order, for nobody knows any more whether they are the same.
    EXPECT_EQ(partition.refusal({.first = 0, .records = 2}), Errc::out_of_order);
    EXPECT_EQ(partition.end, 112);
}

TEST(ProducerStates, the_same_first_number_with_another_last_is_no_repeat) {
    Partition partition;
    ASSERT_TRUE(partition.append({.first = 0, .records = 3}).has_value());
    EXPECT_EQ(partition.refusal({.first = 0, .records = 2}), Errc::out_of_order);
    EXPECT_EQ(partition.refusal({.first = 0, .records = 4}), Errc::out_of_order);
}

TEST(ProducerStates, sequence_numbers_go_on_at_0_after_the_largest) {
    Partition partition;
    ASSERT_TRUE(partition.append({.first = INT32_MAX - 3, .records = 2}).has_value());
    EXPECT_EQ(partition.refusal({.first = 0}), Errc::out_of_order);
    // INT32_MAX - 1, INT32_MAX, 0, 1
    EXPECT_EQ(partition.append({.first = INT32_MAX - 1, .records = 4}).value(), 102);
    EXPECT_EQ(partition.append({.first = INT32_MAX - 1, .records = 4}).value(), 102);
    EXPECT_EQ(partition.append({.first = 2}).value(), 106);

    Partition exact;
    ASSERT_TRUE(exact.append({.first = INT32_MAX, .records = 1}).has_value());
    EXPECT_EQ(exact.append({.first = 0}).value(), 101);
}

TEST(ProducerStates, a_new_epoch_begins_at_0_and_ends_the_old_one) {
    Partition partition;
    ASSERT_TRUE(partition.append({.first = 0, .epoch = 3}).has_value());
    EXPECT_EQ(partition.refusal({.first = 1, .epoch = 4}), Errc::out_of_order);
    EXPECT_EQ(partition.append({.first = 0, .epoch = 5}).value(), 101);  // not the old batch
    EXPECT_EQ(partition.append({.first = 0, .epoch = 5}).value(), 101);
    EXPECT_EQ(partition.refusal({.first = 1, .epoch = 4}), Errc::fenced);
    EXPECT_EQ(partition.refusal({.first = 0, .epoch = 3}), Errc::fenced);  // also its repeats
}

// As Kafka's: what it wrote may have been deleted.
TEST(ProducerStates, an_unknown_producer_may_begin_anywhere) {
    Partition partition;
    EXPECT_EQ(partition.append({.first = 41, .epoch = 2}).value(), 100);
    EXPECT_EQ(partition.refusal({.first = 43, .epoch = 2}), Errc::out_of_order);
}

TEST(ProducerStates, negative_numbers_of_a_producer_are_refused) {
    Partition partition;
    EXPECT_EQ(partition.refusal({.first = -1}), Errc::invalid_argument);
    EXPECT_EQ(partition.refusal({.first = 0, .epoch = -1}), Errc::invalid_argument);
}

TEST(ProducerStates, one_producer_knows_nothing_of_another) {
    Partition partition;
    ASSERT_TRUE(partition.append({.first = 0, .producer = 1}).has_value());
    EXPECT_EQ(partition.append({.first = 0, .producer = 2}).value(), 101);
    EXPECT_EQ(partition.append({.first = 1, .producer = 1}).value(), 102);
}

TEST(ProducerStates, checking_changes_nothing) {
    Partition partition;
    ASSERT_TRUE(partition.append({.first = 0}).has_value());
    auto before = partition.states.list();
    for (Sent sent : {Sent{.first = 0}, Sent{.first = 1}, Sent{.first = 9}, Sent{.producer = 8}}) {
        (void)partition.states.check(header_of(sent));
    }
    EXPECT_EQ(partition.states.list(), before);
}

TEST(ProducerStates, silent_ones_are_forgotten_and_may_begin_again) {
    Partition partition;
    for (std::int64_t producer : {1, 2, 3}) {
        partition.now_ms = producer * 1'000;
        ASSERT_TRUE(partition.append({.first = 0, .producer = producer}).has_value());
    }
    partition.now_ms = 4'000;
    ASSERT_TRUE(partition.append({.first = 1, .producer = 1}).has_value());  // not silent
    partition.states.expire(1'999);
    EXPECT_EQ(partition.states.size(), 3U);
    partition.states.expire(2'000);
    EXPECT_EQ(partition.states.size(), 2U);
    EXPECT_EQ(partition.append({.first = 70, .producer = 2}).value(), 104);
    EXPECT_EQ(partition.refusal({.first = 70, .producer = 3}), Errc::out_of_order);
}

TEST(ProducerStates, over_the_bound_the_longest_silent_goes) {
    Partition partition;
    for (std::int64_t producer = 0; producer < static_cast<std::int64_t>(kProducersMax); ++producer)
        ASSERT_TRUE(partition.append({.first = 0, .producer = producer}).has_value());
    ASSERT_TRUE(partition.append({.first = 1, .producer = 0}).has_value());
    ASSERT_TRUE(partition.append({.first = 0, .producer = 1 << 20}).has_value());
    EXPECT_EQ(partition.states.size(), kProducersMax);
    EXPECT_EQ(partition.refusal({.first = 9, .producer = 0}), Errc::out_of_order);  // is known
    EXPECT_TRUE(partition.append({.first = 9, .producer = 1}).has_value());         // no longer
}

TEST(ProducerStates, come_back_as_they_were_listed) {
    Partition partition;
    for (std::int64_t producer : {9, 2, 5}) {
        partition.now_ms += 1'000;
        for (std::int32_t i = 0; i < 7; ++i)
            ASSERT_TRUE(partition.append({.first = i, .producer = producer}).has_value());
    }
    auto listed = partition.states.list();
    ASSERT_EQ(listed.size(), 3U);
    EXPECT_EQ(listed[0].producer_id, 2);
    EXPECT_EQ(listed[2].batches.size(), kProducerBatchesMax);
    partition.states = ProducerStates::restore(listed);
    EXPECT_EQ(partition.states.list(), listed);
    EXPECT_EQ(partition.append({.first = 6, .producer = 5}).value(), 120);  // a repeat
    EXPECT_EQ(partition.append({.first = 7, .producer = 2}).value(), 121);
    partition.states.expire(2'000);  // 9 was the first to be silent, whatever its number
    EXPECT_EQ(partition.states.list().size(), 2U);
    EXPECT_EQ(partition.states.list()[1].producer_id, 5);
}

// Kafka's clients have at most five batches between the oldest that is not answered and the newest,
// and send again, in order, what was not answered.
class RetryingProducer {
public:
    explicit RetryingProducer(std::uint64_t seed)
        : dice_(seed), next_(static_cast<std::int32_t>(INT32_MAX - dice_() % 300)), first_(next_) {}

    void round(Partition& partition) {
        fill();
        std::deque<Sent> unanswered;
        for (const Sent& sent : in_flight_) {
            // Only the very first may not get lost: any other would be taken for it.
            bool arrives = sent.first == first_ || !one_in(5);
            bool is_answered = arrives && store(partition, sent) && !one_in(5);
            if (!is_answered) unanswered.push_back(sent);
        }
        in_flight_ = unanswered;
    }
    std::int32_t first() const { return first_; }
    const std::map<Offset, Sent>& stored() const { return stored_; }

private:
    bool one_in(std::uint64_t sides) { return dice_() % sides == 0; }

    void fill() {
        std::size_t oldest = in_flight_.empty() ? next_number_ : numbers_.at(in_flight_[0].first);
        while (next_number_ - oldest < kProducerBatchesMax && !one_in(4)) {
            Sent sent{.first = next_, .records = static_cast<std::int32_t>(1 + dice_() % 9)};
            in_flight_.push_back(sent);
            numbers_[sent.first] = next_number_++;
            next_ = static_cast<std::int32_t>((std::int64_t{next_} + sent.records) & INT32_MAX);
        }
    }
    bool store(Partition& partition, const Sent& sent) {
        auto outcome = partition.append(sent);
        if (!outcome) EXPECT_EQ(outcome.error().code, Errc::out_of_order);
        if (!outcome) return false;
        auto [at, is_new] = stored_.emplace(*outcome, sent);
        EXPECT_EQ(at->second.first, sent.first);
        return true;
    }

    std::mt19937_64 dice_;
    std::int32_t next_;
    std::int32_t first_;
    std::size_t next_number_ = 0;
    std::map<std::int32_t, std::size_t> numbers_;  // of a batch, by its first sequence number
    std::deque<Sent> in_flight_;
    std::map<Offset, Sent> stored_;
};

// However requests and answers get lost and the log opens anew, each record is stored once and in
// order.
TEST(ProducerStates, a_producer_that_retries_stores_each_record_once) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        SCOPED_TRACE(seed);
        Partition partition;
        RetryingProducer producer(seed);
        for (int round = 0; round < 100; ++round) {
            producer.round(partition);
            if (round % 7 == 0) partition.states = ProducerStates::restore(partition.states.list());
        }
        Offset offset = 100;
        std::int64_t sequence = producer.first();
        for (const auto& [at, sent] : producer.stored()) {
            ASSERT_EQ(at, offset);
            ASSERT_EQ(sent.first, sequence & INT32_MAX);
            offset += sent.records;
            sequence += sent.records;
        }
        ASSERT_EQ(offset, partition.end);
        ASSERT_GT(producer.stored().size(), 100U);
    }
}

}  // namespace
}  // namespace pinflow::eventlog
