// SPDX-License-Identifier: Apache-2.0
// What every twin of ports/shard_stream.h promises, and no more than AWS does: a record is read a
// while after its put (kSoon), an answer may hold fewer records than there are, sequence numbers
// are ordered and nothing else, and a stream of somebody else's may stand beside ours.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <set>

#include "base/reactor.h"
#include "ports/shard_stream.h"

namespace pinflow::contract {

struct ShardStreamUnderTest {
    ShardStream* streams = nullptr;  // none yet
    std::shared_ptr<void> owner;
    std::function<void()> let_time_pass;  // at least two milliseconds of arrival time
    // None of the contract's streams is there when a test begins: "s", "another", "four", …
};

inline constexpr std::chrono::milliseconds kSoon{20'000};

class ShardStreamContract : public testing::TestWithParam<std::function<ShardStreamUnderTest()>> {
protected:
    using Kind = ShardStart::Kind;

    StreamInfo create(const std::string& name, std::int32_t shards) {
        auto created = reactor_.run(streams().create_stream(name, shards));
        EXPECT_TRUE(created.has_value());
        return created.value_or(StreamInfo{});
    }
    StoredAt put(const std::string& key, const std::string& data,
                 std::optional<std::string> hash_key = std::nullopt) {
        auto outcomes = reactor_.run(streams().put("s", {{key, std::move(hash_key), data}}));
        EXPECT_TRUE(outcomes.has_value() && outcomes->size() == 1 && outcomes->at(0).has_value());
        return outcomes->at(0).value();
    }
    Result<ShardPosition> position(const std::string& shard, ShardStart start) {
        return reactor_.run(streams().position("s", shard, std::move(start)));
    }
    ShardRead read(const std::string& shard, ShardPosition from, ShardLimits limits = {}) {
        auto got = reactor_.run(streams().read("s", shard, std::move(from), limits));
        EXPECT_TRUE(got.has_value()) << got.error().text;
        return got.value_or(ShardRead{});
    }
    ShardPosition start_of(const std::string& shard, ShardStart start = {}) {
        auto from = position(shard, std::move(start));
        EXPECT_TRUE(from.has_value()) << from.error().text;
        return from.value_or(ShardPosition{});
    }
    // As many records as are expected, and then that there is no other.
    std::vector<ShardRecord> records_from(const std::string& shard, ShardPosition from,
                                          std::size_t count) {
        std::vector<ShardRecord> records;
        while (records.size() < count) {
            ShardRead some = read(shard, from, {.wait_max = kSoon});
            if (some.records.empty()) break;
            std::ranges::move(some.records, std::back_inserter(records));
            from = some.next;
        }
        ShardRead rest = read(shard, from);
        std::ranges::move(rest.records, std::back_inserter(records));
        EXPECT_EQ(records.size(), count);
        return records;
    }
    std::vector<std::string> data_from(const std::string& shard, ShardStart start,
                                       std::size_t count) {
        std::vector<std::string> data;
        for (auto& record : records_from(shard, start_of(shard, std::move(start)), count)) {
            data.push_back(record.data);
        }
        return data;
    }
    // Longer numbers are larger; equally long ones compare as text.
    static bool is_less(const std::string& a, const std::string& b) {
        return std::pair(a.size(), a) < std::pair(b.size(), b);
    }
    ShardStream& streams() { return *under_.streams; }

    ShardStreamUnderTest under_ = GetParam()();
    Reactor reactor_{"contract"};
    const std::string shard0_ = "shardId-000000000000";
};

TEST_P(ShardStreamContract, streams_are_created_described_listed_and_removed) {
    StreamInfo made = create("s", 4);
    ASSERT_EQ(made.shards.size(), 4u);
    create("another", 1);
    EXPECT_EQ(reactor_.run(streams().create_stream("s", 1)).error().code, Errc::already_exists);
    auto names = reactor_.run(streams().list_streams()).value();
    EXPECT_TRUE(std::ranges::is_sorted(names));
    EXPECT_TRUE(std::ranges::binary_search(names, "another"));
    EXPECT_TRUE(std::ranges::binary_search(names, "s"));
    StreamInfo info = reactor_.run(streams().describe_stream("s")).value();
    EXPECT_EQ(info.created_ms, made.created_ms);
    EXPECT_EQ(info.shards[2].id, "shardId-000000000002");
    EXPECT_FALSE(info.shards[2].is_closed());
    EXPECT_TRUE(info.shards[2].parents.empty());
    ASSERT_TRUE(reactor_.run(streams().remove_stream("s")).has_value());
    EXPECT_EQ(reactor_.run(streams().describe_stream("s")).error().code, Errc::not_found);
    EXPECT_EQ(reactor_.run(streams().remove_stream("s")).error().code, Errc::not_found);
}

TEST_P(ShardStreamContract, names_and_shard_counts_outside_the_limits_are_refused) {
    for (std::string name : {std::string(), std::string("a b"), std::string(129, 'a')}) {
        EXPECT_EQ(reactor_.run(streams().create_stream(name, 1)).error().code,
                  Errc::invalid_argument);
    }
    for (int shards : {0, 501}) {
        EXPECT_EQ(reactor_.run(streams().create_stream("s", shards)).error().code,
                  Errc::invalid_argument);
    }
}

// The ranges that AWS gives for four and for five shards.
TEST_P(ShardStreamContract, shards_cut_the_hash_space_as_aws_does) {
    StreamInfo four = create("s", 4);
    EXPECT_EQ(four.shards[0].hash_key_first, "0");
    EXPECT_EQ(four.shards[0].hash_key_last, "85070591730234615865843651857942052863");
    EXPECT_EQ(four.shards[3].hash_key_first, "255211775190703847597530955573826158592");
    EXPECT_EQ(four.shards[3].hash_key_last, "340282366920938463463374607431768211455");
    StreamInfo five = create("five", 5);
    EXPECT_EQ(five.shards[1].hash_key_first, "68056473384187692692674921486353642291");
    EXPECT_EQ(five.shards[4].hash_key_last, "340282366920938463463374607431768211455");
    StreamInfo one = create("one", 1);
    EXPECT_EQ(one.shards[0].hash_key_last, "340282366920938463463374607431768211455");
}

TEST_P(ShardStreamContract, a_key_goes_to_the_shard_of_its_md5) {
    create("s", 4);
    EXPECT_EQ(put("partition-1", "x").shard_id, "shardId-000000000002");
    EXPECT_EQ(put("partition-1", "x", "0").shard_id, shard0_);
    EXPECT_EQ(put("k", "x", "85070591730234615865843651857942052863").shard_id, shard0_);
    EXPECT_EQ(put("k", "x", "85070591730234615865843651857942052864").shard_id,
              "shardId-000000000001");
    EXPECT_EQ(put("k", "x", "340282366920938463463374607431768211455").shard_id,
              "shardId-000000000003");
}

TEST_P(ShardStreamContract, a_hash_key_out_of_range_fails_its_record_alone) {
    create("s", 2);
    auto outcomes =
        reactor_.run(streams().put("s", {{"k", "340282366920938463463374607431768211456", "x"},
                                         {"k", "-1", "x"},
                                         {"k", "", "x"},
                                         {"k", std::nullopt, "good"}}));
    ASSERT_TRUE(outcomes.has_value());
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(outcomes->at(i).error().code, Errc::invalid_argument);
    }
    EXPECT_TRUE(outcomes->at(3).has_value());
}

TEST_P(ShardStreamContract, what_is_not_there_is_not_found) {
    EXPECT_EQ(reactor_.run(streams().put("none", {{"k", std::nullopt, "x"}})).error().code,
              Errc::not_found);
    create("s", 2);
    ShardPosition of_first = start_of(shard0_);
    for (std::string shard : {"shardId-000000000002", "shardId-2", "", "shardId--00000000001"}) {
        EXPECT_EQ(position(shard, {}).error().code, Errc::not_found) << shard;
        EXPECT_EQ(reactor_.run(streams().read("s", shard, of_first, {})).error().code,
                  Errc::not_found);
    }
}

TEST_P(ShardStreamContract, records_come_back_with_the_numbers_of_their_answers) {
    create("s", 4);
    std::vector<StreamRecord> records;
    for (int i = 0; i < 100; ++i) {
        records.push_back({"key " + std::to_string(i), std::nullopt,
                           std::string("\0\xff", 2) + std::to_string(i)});
    }
    auto outcomes = reactor_.run(streams().put("s", records)).value();
    std::set<std::string> shards_used;
    for (std::size_t i = 0; i < records.size(); ++i) {
        ASSERT_TRUE(outcomes[i].has_value());
        const StoredAt& at = *outcomes[i];
        shards_used.insert(at.shard_id);
        auto from = position(at.shard_id, {Kind::at_sequence, at.sequence_number}).value();
        ShardRead got = read(at.shard_id, from, {.records_max = 1, .wait_max = kSoon});
        ASSERT_EQ(got.records.size(), 1u);
        EXPECT_EQ(got.records[0].partition_key, records[i].partition_key);
        EXPECT_EQ(got.records[0].data, records[i].data);
        EXPECT_EQ(got.records[0].sequence_number, at.sequence_number);
        EXPECT_GT(got.records[0].arrival_ms, 1'577'836'800'000);
    }
    EXPECT_EQ(shards_used.size(), 4u);
}

TEST_P(ShardStreamContract, sequence_numbers_grow_as_integers_from_the_shards_first_on) {
    std::string last = create("s", 1).shards[0].sequence_first;
    for (int i = 0; i < 50; ++i) {
        std::string next = put("k", "x").sequence_number;
        EXPECT_TRUE(is_less(last, next)) << last << " " << next;
        last = next;
    }
}

TEST_P(ShardStreamContract, every_kind_of_start_begins_where_it_says) {
    StreamInfo info = create("s", 1);
    under_.let_time_pass();
    std::string second;
    Timestamp second_ms = 0;
    for (std::string data : {"one", "two", "three"}) {
        StoredAt at = put("k", data);
        if (data == "two") second = at.sequence_number;
        under_.let_time_pass();
    }
    auto from = position(shard0_, {Kind::at_sequence, second}).value();
    second_ms = read(shard0_, from, {.wait_max = kSoon}).records.at(0).arrival_ms;
    using Data = std::vector<std::string>;
    EXPECT_EQ(data_from(shard0_, {.kind = Kind::trim_horizon}, 3), (Data{"one", "two", "three"}));
    EXPECT_EQ(data_from(shard0_, {Kind::at_sequence, second}, 2), (Data{"two", "three"}));
    EXPECT_EQ(data_from(shard0_, {Kind::after_sequence, second}, 1), (Data{"three"}));
    std::string first = info.shards[0].sequence_first;
    EXPECT_EQ(data_from(shard0_, {Kind::at_sequence, first}, 3), (Data{"one", "two", "three"}));
    EXPECT_EQ(data_from(shard0_, {Kind::after_sequence, first}, 3), (Data{"one", "two", "three"}));
    EXPECT_EQ(data_from(shard0_, {Kind::at_time, "", second_ms}, 2), (Data{"two", "three"}));
    EXPECT_EQ(data_from(shard0_, {Kind::at_time, "", second_ms + 1}, 1), (Data{"three"}));
    EXPECT_EQ(data_from(shard0_, {Kind::at_time, "", 0}, 3), (Data{"one", "two", "three"}));
    for (ShardStart start : {ShardStart{.kind = Kind::latest},
                             ShardStart{Kind::at_time, "", second_ms + 86'400'000}}) {
        auto tip = start_of(shard0_, start);
        EXPECT_TRUE(read(shard0_, tip).records.empty());
        put("k", "later");
        auto later = read(shard0_, tip, {.wait_max = kSoon}).records;
        ASSERT_EQ(later.size(), 1u);
        EXPECT_EQ(later[0].data, "later");
    }
}

TEST_P(ShardStreamContract, numbers_of_another_shard_and_no_numbers_are_refused) {
    create("s", 2);
    std::string of_first = put("k", "x", "0").sequence_number;
    for (std::string bad :
         {of_first, std::string("x"), std::string(), std::string("12"), std::string(100, '9')}) {
        EXPECT_EQ(position("shardId-000000000001", {Kind::at_sequence, bad}).error().code,
                  Errc::invalid_argument)
            << bad;
    }
    EXPECT_FALSE(reactor_.run(streams().read("s", shard0_, {"nonsense"}, {})).has_value());
}

TEST_P(ShardStreamContract, limits_cut_a_read_and_nothing_is_left_out) {
    create("s", 1);
    std::vector<StreamRecord> records;
    for (char letter = 'a'; letter < 'k'; ++letter) {
        records.push_back({"k", std::nullopt, std::string(1'000, letter)});
    }
    ASSERT_TRUE(reactor_.run(streams().put("s", records)).has_value());
    ShardPosition at = position(shard0_, {}).value();
    std::size_t got = 0;
    for (int round = 0; round < 20 && got < 10; ++round) {
        ShardRead some =
            read(shard0_, at, {.records_max = 4, .bytes_max = 3'100, .wait_max = kSoon});
        EXPECT_LE(some.records.size(), 3u);
        for (auto& record : some.records) EXPECT_EQ(record.data[0], static_cast<char>('a' + got++));
        at = some.next;
    }
    EXPECT_EQ(got, 10u);
    EXPECT_TRUE(read(shard0_, at).records.empty());
    ShardPosition start = start_of(shard0_);
    EXPECT_EQ(read(shard0_, start, {.bytes_max = 1, .wait_max = kSoon}).records.size(), 1u);
}

TEST_P(ShardStreamContract, a_reader_behind_is_told_by_how_much) {
    create("s", 1);
    put("k", "one");
    put("k", "two");
    under_.let_time_pass();
    ShardRead one = read(shard0_, start_of(shard0_), {.records_max = 1, .wait_max = kSoon});
    EXPECT_GE(one.behind_ms, 2);
    EXPECT_FALSE(one.is_end);
    ShardRead two = read(shard0_, one.next, {.wait_max = kSoon});
    ASSERT_EQ(two.records.size(), 1u);
    EXPECT_EQ(read(shard0_, two.next).behind_ms, 0);
}

TEST_P(ShardStreamContract, a_waiting_read_wakes_when_a_record_comes) {
    create("s", 1);
    auto waiting = boost::asio::co_spawn(
        reactor_.context(),
        streams().read("s", shard0_, start_of(shard0_), {.wait_max = std::chrono::minutes(5)}),
        boost::asio::use_future_t<>{});
    Reactor other("other");
    ASSERT_TRUE(other.run(streams().put("s", {{"k", std::nullopt, "x"}})).has_value());
    EXPECT_EQ(waiting.get().value().records.at(0).data, "x");
}

// A position is good in another process: nothing but its token is carried over.
TEST_P(ShardStreamContract, a_token_alone_says_where_to_go_on) {
    create("s", 1);
    put("k", "one");
    put("k", "two");
    ShardRead one = read(shard0_, start_of(shard0_), {.records_max = 1, .wait_max = kSoon});
    ASSERT_EQ(one.records.size(), 1u);
    for (int life = 0; life < 2; ++life) {
        auto rest = records_from(shard0_, ShardPosition{one.next.token}, 1);
        ASSERT_EQ(rest.size(), 1u);
        EXPECT_EQ(rest[0].data, "two");
    }
}

}  // namespace pinflow::contract
