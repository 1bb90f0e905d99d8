// SPDX-License-Identifier: Apache-2.0
#include "app/topic_copy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/reactor.h"
#include "codec/kafka/record_batch.h"
#include "eventlog/native_log.h"
#include "memory/hand_clock.h"
#include "memory/memory_files.h"

namespace pinflow::app {
namespace {

struct Side {
    explicit Side(memory::HandClock& clock) {
        log = eventlog::NativeLog::open(files, clock,
                                        {.directory = "log",
                                         .journal_file_bytes = 1 << 20,
                                         .free_bytes_floor = 0,
                                         .free_ratio_floor = 0})
                  .value();
    }
    EventLog& topics() { return log->topics(); }
    void create(const std::string& topic, std::int32_t partitions) {
        ASSERT_TRUE(run_here(topics().create_topic(topic, partitions)));
    }
    void append(const TopicPartition& partition, int first, int count) {
        std::vector<Record> records;
        for (int i = first; i < first + count; ++i)
            records.push_back(
                {.key = i % 3 == 0 ? std::nullopt : std::optional("k" + std::to_string(i)),
                 .value = std::string(100, 'v') + std::to_string(i),
                 .headers = {{"n", std::to_string(i)}},
                 .timestamp_ms = 1'000 + i});
        std::vector<PartitionBatch> batches = {{partition, kafka::build_batch(records), count}};
        ASSERT_TRUE(run_here(topics().append(batches)).front());
    }

    memory::MemoryFiles files;
    std::unique_ptr<eventlog::NativeLog> log;
};

class TopicCopyTest : public testing::Test {
protected:
    TopicCopyTest() {
        here_.create("a.pin", 2);
        here_.create("b.geo", 1);
        for (int i = 0; i < 40; ++i) here_.append({"a.pin", i % 2}, i * 10, 10);
        here_.append({"b.geo", 0}, 0, 5);
    }
    Result<std::vector<PartitionCopy>> copy(TopicCopySettings settings = {},
                                            std::vector<std::string> names = {}) {
        return copy_topics(here_.topics(), there_.topics(), names, settings);
    }

    memory::HandClock clock_;
    Side here_{clock_}, there_{clock_};
};

TEST_F(TopicCopyTest, all_records_are_there_at_their_offsets_and_a_second_time_nothing_is_copied) {
    auto copies = copy();
    ASSERT_TRUE(copies) << copies.error().text;
    ASSERT_EQ(copies->size(), 3u);
    EXPECT_EQ((*copies)[0].records, 200);
    EXPECT_EQ((*copies)[0].copied, 200);
    EXPECT_TRUE((*copies)[0].has_same_offsets);
    EXPECT_EQ((*copies)[0].sha256.size(), 64u);
    EXPECT_NE((*copies)[0].sha256, (*copies)[1].sha256);
    auto again = copy();
    ASSERT_TRUE(again) << again.error().text;
    EXPECT_EQ((*again)[1].copied, 0);
    EXPECT_EQ((*again)[1].sha256, (*copies)[1].sha256);
    EXPECT_EQ(run_here(here_.topics().list_topics())->size(), 2u) << "nothing is taken away here";
}

TEST_F(TopicCopyTest, cut_short_anywhere_it_goes_on_and_ends_the_same) {
    for (int round = 0; round < 60; ++round) {
        int looks = 0;
        auto some = copy({.is_stopped = [&] { return ++looks > 1; }});
        if (some) break;
        ASSERT_EQ(some.error().code, Errc::cancelled) << some.error().text;
        here_.append({"b.geo", 0}, 100 + round, 1);  // and what came meanwhile comes along
    }
    auto copies = copy();
    ASSERT_TRUE(copies) << copies.error().text;
    EXPECT_EQ((*copies)[0].records, 200);
    EXPECT_EQ((*copies)[2].records, run_here(here_.topics().offsets({"b.geo", 0}))->end);
}

TEST_F(TopicCopyTest, what_was_not_copied_from_here_is_seen) {
    there_.create("b.geo", 1);
    there_.append({"b.geo", 0}, 77, 1);
    auto other = copy();
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, Errc::failed_check);
    EXPECT_THAT(other.error().text, testing::HasSubstr("b.geo partition 0: record 0 differs"));
}

TEST_F(TopicCopyTest, more_over_there_than_here_is_seen) {
    ASSERT_TRUE(copy({}, {"b.geo"}));
    there_.append({"b.geo", 0}, 5, 1);
    auto longer = copy({}, {"b.geo"});
    ASSERT_FALSE(longer);
    EXPECT_THAT(longer.error().text, testing::HasSubstr("only the copy goes on"));
}

TEST_F(TopicCopyTest, other_partitions_and_unknown_names_are_refused_before_anything_is_copied) {
    there_.create("a.pin", 3);
    EXPECT_EQ(copy().error().code, Errc::conflict);
    EXPECT_EQ(copy({}, {"none"}).error().code, Errc::not_found);
    EXPECT_EQ(run_here(there_.topics().offsets({"a.pin", 0}))->end, 0);
}

}  // namespace
}  // namespace pinflow::app
