// SPDX-License-Identifier: Apache-2.0
// The sink is killed at every step it takes: each offset is in exactly one object all the same.
#include <algorithm>
#include <random>

#include "base/text.h"
#include "sink/sink_fixture.h"

namespace pinflow::sink {
namespace {

// Every record's value says where it is: the objects must hold each exactly once, under its name.
class SinkDeathTest : public SinkTest {
protected:
    void add_some(std::mt19937_64& dice, bool with_gaps) {
        for (auto& [topic, partition] : places_) {
            if (with_gaps && dice() % 3 == 0) {
                Offset count = 1 + static_cast<Offset>(dice() % 3);
                ends_[{topic, partition}] += count;
                log.skip(topic, partition, count);
            }
            std::vector<std::optional<std::string>> values;
            for (std::uint64_t i = 0, n = dice() % 5; i < n; ++i) {
                Offset offset = ends_[{topic, partition}]++;
                switch (dice() % 8) {
                    case 0: values.push_back(std::nullopt); continue;
                    case 1:
                        values.push_back(fmt::format("not json {}", offset));
                        ++dead_;
                        continue;
                    default: break;
                }
                values.push_back(
                    fmt::format(R"({{"t":"{}","p":{},"o":{}}})", topic, partition, offset));
                expected_.push_back(*values.back());
            }
            if (!values.empty()) log.add(topic, partition, values);
        }
    }

    void check_objects(const std::string& what) {
        std::vector<std::string> lines;
        std::int64_t dead = 0;
        for (const std::string& key : keys()) {
            std::string object = get(key);
            auto in_object = split(object, '\n');
            ASSERT_EQ(in_object.back(), "") << what;
            in_object.pop_back();
            if (key.starts_with("topics-dead/")) {
                dead += static_cast<std::int64_t>(in_object.size());
                continue;
            }
            ASSERT_FALSE(in_object.empty()) << what << ": " << key;
            auto first = in_object.front().substr(in_object.front().rfind(':') + 1);
            first.remove_suffix(1);
            EXPECT_NE(key.find(fmt::format("+{:010}.json", *parse_int(first))), std::string::npos)
                << what << ": " << key << " begins with " << first;
            lines.insert(lines.end(), in_object.begin(), in_object.end());
        }
        std::ranges::sort(lines);
        std::vector<std::string> expected = expected_;
        std::ranges::sort(expected);
        EXPECT_EQ(lines, expected) << what;
        EXPECT_EQ(dead, dead_) << what;
    }

    void make_topics() {
        log.make("a", 2);
        log.make("b", 1);
    }

    std::vector<std::pair<std::string, std::int32_t>> places_{{"a", 0}, {"a", 1}, {"b", 0}};
    std::map<TopicPartition, Offset> ends_;
    std::vector<std::string> expected_;
    std::int64_t dead_ = 0;
};

class SinkDiesAt : public SinkDeathTest, public testing::WithParamInterface<int> {};
INSTANTIATE_TEST_SUITE_P(every_step, SinkDiesAt, testing::Range(1, 41));

// The process dies at its n-th change of the world, for each n, before or after the effect; then
// again and again at random; more records come meanwhile, and settings change; every other log has
// offsets without records.
TEST_P(SinkDiesAt, each_offset_is_in_exactly_one_object) {
    for (std::uint64_t seed = 0; seed < 6; ++seed) {
        SinkDiesAt::SetUp();
        std::mt19937_64 dice(seed * 1'000 + static_cast<std::uint64_t>(GetParam()));
        if (seed == 0) make_topics();
        death.set(GetParam(), dice() % 2 == 0);
        for (int life = 0; life < 4; ++life) {
            start({.flush_size = 1 + static_cast<std::int64_t>(dice() % 4),
                   .rotate_schedule_interval_ms = 500,
                   .puts_at_once = 1 + dice() % 3});
            for (int i = 0; i < 12 && !death.is_dead(); ++i) {
                add_some(dice, seed % 2 == 1);
                later_pass(static_cast<std::int64_t>(dice() % 700));
            }
            death.set(1 + static_cast<std::int64_t>(dice() % 12), dice() % 2 == 0);
        }
        revive();
        start();
        ASSERT_TRUE(run_here(sink->stop(true)));
        check_objects(fmt::format("death {} seed {}", GetParam(), seed));
    }
}

}  // namespace
}  // namespace pinflow::sink
