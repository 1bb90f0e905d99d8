// SPDX-License-Identifier: Apache-2.0
// What every twin of ports/event_log.h promises. It compares records, not bytes: a real Kafka gives
// neither verbatim batches nor contiguous offsets.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "base/reactor.h"
#include "codec/kafka/record_batch.h"
#include "ports/event_log.h"

namespace pinflow::contract {

struct EventLogUnderTest {
    EventLog* log = nullptr;  // without topics; null: not to be had here
    std::shared_ptr<void> owner;
    std::string why_not = {};
};

class EventLogContract : public testing::TestWithParam<std::function<EventLogUnderTest()>> {
protected:
    void SetUp() override {
        if (under_.log == nullptr) GTEST_SKIP() << under_.why_not;
    }
    static PartitionBatch batch(const TopicPartition& partition, std::vector<std::string> values,
                                Timestamp first_ms = 1'000) {
        std::vector<Record> records;
        for (auto& value : values) {
            records.push_back({.key = "k", .value = value, .timestamp_ms = first_ms++});
        }
        return {partition, kafka::build_batch(records), static_cast<std::int32_t>(records.size())};
    }
    std::vector<Result<Appended>> append(std::vector<PartitionBatch> batches) {
        return reactor_.run(log().append(batches));
    }
    Offset append_one(const TopicPartition& partition, std::vector<std::string> values,
                      Timestamp first_ms = 1'000) {
        auto outcomes = append({batch(partition, std::move(values), first_ms)});
        EXPECT_TRUE(outcomes.at(0).has_value()) << outcomes[0].error().text;
        return outcomes[0] ? outcomes[0]->base_offset : -1;
    }
    void create(const std::string& name, std::int32_t partitions = 1) {
        auto created = reactor_.run(log().create_topic(name, partitions));
        ASSERT_TRUE(created.has_value()) << created.error().text;
    }
    Result<Fetched> fetch(const TopicPartition& partition, Offset from, FetchLimits limits = {}) {
        return reactor_.run(log().fetch(partition, from, limits));
    }
    // All values from `from` on, by as many fetches as it takes.
    std::vector<std::string> values(const TopicPartition& partition, Offset from = 0,
                                    FetchLimits limits = {}) {
        std::vector<std::string> found;
        for (;;) {
            auto fetched = fetch(partition, from, limits);
            if (!fetched) {
                ADD_FAILURE() << fetched.error().text;
                return found;
            }
            if (fetched->batches.empty()) return found;
            for (auto& record : kafka::decode_records(fetched->batches).value()) {
                if (record.offset >= from) found.push_back(*record.value);
            }
            from = kafka::end_of(fetched->batches).value();  // also behind what is no record
        }
    }
    EventLog& log() { return *under_.log; }

    EventLogUnderTest under_ = GetParam()();
    Reactor reactor_{"contract"};
    const TopicPartition t0_{"t", 0};
};

TEST_P(EventLogContract, topics_are_created_once_and_listed_by_name) {
    create("b.topic", 3);
    create("a-topic");
    auto again = reactor_.run(log().create_topic("b.topic", 3));
    EXPECT_EQ(again.error().code, Errc::already_exists);
    auto info = reactor_.run(log().describe_topic("b.topic")).value();
    EXPECT_EQ(info.name, "b.topic");
    EXPECT_EQ(info.partitions, 3);
    auto topics = reactor_.run(log().list_topics()).value();
    ASSERT_EQ(topics.size(), 2u);
    EXPECT_EQ(topics[0].name, "a-topic");
    EXPECT_EQ(topics[1].name, "b.topic");
}

TEST_P(EventLogContract, names_and_partition_counts_outside_the_grammar_are_refused) {
    for (std::string name : {"", ".", "..", "a/b", "a b", "\xc3\xa9"}) {
        EXPECT_EQ(reactor_.run(log().create_topic(name, 1)).error().code, Errc::invalid_argument);
    }
    EXPECT_FALSE(reactor_.run(log().create_topic(std::string(250, 'a'), 1)).has_value());
    for (int partitions : {0, -1, 10'001}) {
        EXPECT_EQ(reactor_.run(log().create_topic("t", partitions)).error().code,
                  Errc::invalid_argument);
    }
    EXPECT_TRUE(reactor_.run(log().create_topic(std::string(249, 'a'), 2)).has_value());
    EXPECT_TRUE(reactor_.run(log().list_topics()).value().size() == 1u);
}

TEST_P(EventLogContract, what_is_not_there_is_not_found) {
    create("t", 2);
    for (TopicPartition none : {TopicPartition{"none", 0}, {"t", 2}, {"t", -1}}) {
        EXPECT_EQ(append({batch(none, {"x"})}).at(0).error().code, Errc::not_found);
        EXPECT_EQ(fetch(none, 0).error().code, Errc::not_found);
        EXPECT_EQ(reactor_.run(log().offsets(none)).error().code, Errc::not_found);
        EXPECT_EQ(reactor_.run(log().offset_at(none, 0)).error().code, Errc::not_found);
    }
    EXPECT_EQ(reactor_.run(log().describe_topic("none")).error().code, Errc::not_found);
    EXPECT_EQ(reactor_.run(log().remove_topic("none")).error().code, Errc::not_found);
}

TEST_P(EventLogContract, records_come_back_in_the_order_of_their_answers) {
    create("t");
    std::vector<std::string> expected;
    Offset last = -1;
    for (int i = 0; i < 50; ++i) {
        std::vector<std::string> some = {std::to_string(i) + "a", std::to_string(i) + "b"};
        expected.insert(expected.end(), some.begin(), some.end());
        Offset base = append_one(t0_, some);
        EXPECT_GT(base, last);
        last = base;
    }
    EXPECT_EQ(values(t0_), expected);
    OffsetRange range = reactor_.run(log().offsets(t0_)).value();
    EXPECT_EQ(range.first, 0);
    EXPECT_EQ(range.end, last + 2);
}

TEST_P(EventLogContract, keys_nulls_headers_and_times_survive) {
    create("t");
    std::vector<Record> records = {
        {.key = std::nullopt, .value = "v", .timestamp_ms = 5},
        {.key = std::string("\0\xff", 2), .value = std::nullopt, .timestamp_ms = 1},
        {.key = "", .value = "", .headers = {{"h", "1"}, {"h", "2"}}, .timestamp_ms = 9}};
    ASSERT_TRUE(append({{t0_, kafka::build_batch(records), 3}}).at(0).has_value());
    auto read = kafka::decode_records(fetch(t0_, 0)->batches).value();
    ASSERT_EQ(read.size(), 3u);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(read[i].key, records[i].key);
        EXPECT_EQ(read[i].value, records[i].value);
        EXPECT_EQ(read[i].timestamp_ms, records[i].timestamp_ms);
    }
    ASSERT_EQ(read[2].headers.size(), 2u);
    EXPECT_EQ(read[2].headers[1].value, "2");
}

TEST_P(EventLogContract, partitions_are_apart) {
    create("t", 3);
    auto outcomes =
        append({batch({"t", 2}, {"x"}), batch({"t", 0}, {"y"}), batch({"t", 2}, {"z"})});
    for (auto& outcome : outcomes) EXPECT_TRUE(outcome.has_value());
    EXPECT_EQ(values({"t", 0}), std::vector<std::string>{"y"});
    EXPECT_EQ(values({"t", 1}), std::vector<std::string>{});
    EXPECT_EQ(values({"t", 2}), (std::vector<std::string>{"x", "z"}));
}

TEST_P(EventLogContract, each_batch_has_its_own_outcome_and_a_bad_one_harms_no_other) {
    create("t");
    PartitionBatch damaged = batch(t0_, {"damaged"});
    damaged.batch.back() = static_cast<char>(damaged.batch.back() ^ 1);
    PartitionBatch cut = batch(t0_, {"cut"});
    cut.batch.pop_back();
    PartitionBatch twice = batch(t0_, {"twice"});
    twice.batch += twice.batch;
    auto outcomes = append({batch(t0_, {"one"}),
                            damaged,
                            batch({"none", 0}, {"x"}),
                            cut,
                            twice,
                            {t0_, "", 0},
                            batch(t0_, {"two"})});
    ASSERT_EQ(outcomes.size(), 7u);
    EXPECT_TRUE(outcomes[0].has_value());
    EXPECT_EQ(outcomes[1].error().code, Errc::corrupt);
    EXPECT_EQ(outcomes[2].error().code, Errc::not_found);
    EXPECT_EQ(outcomes[3].error().code, Errc::corrupt);
    EXPECT_EQ(outcomes[4].error().code, Errc::corrupt);
    EXPECT_EQ(outcomes[5].error().code, Errc::corrupt);
    EXPECT_TRUE(outcomes[6].has_value());
    EXPECT_EQ(values(t0_), (std::vector<std::string>{"one", "two"}));
    EXPECT_TRUE(append({}).empty());
}

TEST_P(EventLogContract, a_fetch_at_the_end_is_empty_and_outside_is_refused) {
    create("t");
    EXPECT_EQ(fetch(t0_, 0)->batches, "");
    EXPECT_EQ(fetch(t0_, 1).error().code, Errc::invalid_argument);
    append_one(t0_, {"x"});
    EXPECT_EQ(fetch(t0_, 1)->batches, "");
    EXPECT_EQ(fetch(t0_, 1)->offsets.end, 1);
    EXPECT_EQ(fetch(t0_, 2).error().code, Errc::invalid_argument);
    EXPECT_EQ(fetch(t0_, -1).error().code, Errc::invalid_argument);
}

TEST_P(EventLogContract, a_fetch_inside_a_batch_finds_its_record) {
    create("t");
    append_one(t0_, {"0", "1", "2"});
    append_one(t0_, {"3", "4"});
    EXPECT_EQ(values(t0_, 2), (std::vector<std::string>{"2", "3", "4"}));
    EXPECT_EQ(values(t0_, 4), std::vector<std::string>{"4"});
}

TEST_P(EventLogContract, the_first_batch_comes_whatever_its_size_and_others_only_if_they_fit) {
    create("t");
    std::string large(200'000, 'x');
    append_one(t0_, {large});
    append_one(t0_, {"small"});
    auto first = kafka::decode_records(fetch(t0_, 0, {.bytes_max = 1})->batches).value();
    ASSERT_EQ(first.size(), 1u);
    EXPECT_EQ(first[0].value, large);
    EXPECT_EQ(values(t0_, 0, {.bytes_max = 1}), (std::vector<std::string>{large, "small"}));
}

TEST_P(EventLogContract, a_waiting_fetch_wakes_when_records_come) {
    create("t");
    auto waiting = boost::asio::co_spawn(reactor_.context(),
                                         log().fetch(t0_, 0, {.wait_max = std::chrono::minutes(5)}),
                                         boost::asio::use_future_t<>{});
    Reactor other("other");
    PartitionBatch one = batch(t0_, {"x"});
    ASSERT_TRUE(other.run(log().append({&one, 1})).at(0).has_value());
    auto fetched = waiting.get();  // or the test's time limit ends it
    ASSERT_TRUE(fetched.has_value());
    EXPECT_EQ(kafka::decode_records(fetched->batches).value().at(0).value, "x");
    EXPECT_EQ(fetched->offsets.end, 1);
}

TEST_P(EventLogContract, a_waiting_fetch_comes_back_empty_in_its_time) {
    create("t");
    auto fetched = fetch(t0_, 0, {.wait_max = std::chrono::milliseconds(20)});
    ASSERT_TRUE(fetched.has_value());
    EXPECT_EQ(fetched->batches, "");
}

TEST_P(EventLogContract, a_waiting_fetch_learns_that_its_topic_goes) {
    create("t");
    auto waiting = boost::asio::co_spawn(reactor_.context(),
                                         log().fetch(t0_, 0, {.wait_max = std::chrono::minutes(5)}),
                                         boost::asio::use_future_t<>{});
    Reactor other("other");
    ASSERT_TRUE(other.run(log().remove_topic("t")).has_value());
    EXPECT_EQ(waiting.get().error().code, Errc::not_found);
}

TEST_P(EventLogContract, offset_at_is_the_first_record_of_that_time_or_later) {
    create("t");
    EXPECT_EQ(reactor_.run(log().offset_at(t0_, 0)).value(), 0);
    append_one(t0_, {"0", "1", "2"}, 100);  // 100, 101, 102
    append_one(t0_, {"3", "4"}, 50);        // event times go back
    append_one(t0_, {"5"}, 200);
    auto at = [&](Timestamp time) { return reactor_.run(log().offset_at(t0_, time)).value(); };
    EXPECT_EQ(at(0), 0);
    EXPECT_EQ(at(101), 1);
    EXPECT_EQ(at(102), 2);
    EXPECT_EQ(at(103), 5);
    EXPECT_EQ(at(200), 5);
    EXPECT_EQ(at(201), 6);
}

TEST_P(EventLogContract, a_topic_made_anew_is_empty) {
    create("t", 2);
    append_one({"t", 1}, {"old"});
    const std::string uuid = reactor_.run(log().describe_topic("t")).value().uuid;
    ASSERT_TRUE(reactor_.run(log().remove_topic("t")).has_value());
    EXPECT_EQ(fetch({"t", 1}, 0).error().code, Errc::not_found);
    create("t", 2);
    EXPECT_NE(reactor_.run(log().describe_topic("t")).value().uuid, uuid);
    EXPECT_FALSE(uuid.empty());
    EXPECT_EQ(values({"t", 1}), std::vector<std::string>{});
    EXPECT_EQ(append_one({"t", 1}, {"new"}), 0);
    EXPECT_EQ(values({"t", 1}), std::vector<std::string>{"new"});
}

// Four reactors, eight producers each: a producer's records keep its order, and none is lost.
TEST_P(EventLogContract, producers_on_several_reactors_each_keep_their_order) {
    constexpr int kReactors = 4, kProducers = 8, kRecords = 40;
    create("t", 2);
    {
        std::vector<std::unique_ptr<Reactor>> reactors;
        std::vector<std::future<int>> done;
        auto produce = [this](int producer) -> Task<int> {
            int stored = 0;
            for (int i = 0; i < kRecords; ++i) {
                std::vector<PartitionBatch> one;
                one.push_back(batch({"t", producer % 2},
                                    {std::to_string(producer) + ":" + std::to_string(i)}));
                auto outcomes = co_await log().append(one);
                EXPECT_TRUE(outcomes.at(0)) << outcomes[0].error().text;
                if (outcomes[0]) ++stored;
            }
            co_return stored;
        };
        for (int r = 0; r < kReactors; ++r) {
            reactors.push_back(std::make_unique<Reactor>("r" + std::to_string(r)));
            for (int p = 0; p < kProducers; ++p) {
                done.push_back(boost::asio::co_spawn(
                    reactors[static_cast<std::size_t>(r)]->context(), produce(r * kProducers + p),
                    boost::asio::use_future_t<>{}));
            }
        }
        for (auto& one : done) EXPECT_EQ(one.get(), kRecords);
    }
    std::vector<int> next(kReactors * kProducers, 0);
    for (int partition : {0, 1}) {
        for (const std::string& value : values({"t", partition})) {
            auto colon = value.find(':');
            auto producer = static_cast<std::size_t>(std::stoi(value.substr(0, colon)));
            EXPECT_EQ(std::stoi(value.substr(colon + 1)), next[producer]++);
        }
    }
    for (int count : next) EXPECT_EQ(count, kRecords);
}

}  // namespace pinflow::contract
