// SPDX-License-Identifier: Apache-2.0
// Acknowledged records survive power cuts and failing disks: a disk in memory that forgets what was
// not synced, many seeds, and a list of every acknowledgement.
#include <map>
#include <random>

#include "eventlog/log_fixture.h"

namespace pinflow::eventlog {
namespace {

constexpr std::int32_t kPartitions = 3;

// What the clients were told, over all lives of one disk.
struct Witness {
    bool topic_is_made = false;
    std::map<std::pair<std::int32_t, Offset>, std::string> acknowledged;
    std::set<std::string> sent;
    std::mutex mutex;
};

Task<int> produce(EventLog& log, Witness& witness, std::string name, std::uint64_t seed) {
    std::mt19937_64 dice(seed);
    for (int i = 0; i < 12; ++i) {
        auto partition = static_cast<std::int32_t>(dice() % kPartitions);
        std::vector<std::string> values;
        for (auto left = 1 + dice() % 3; left > 0; --left) {
            values.push_back(name + "." + std::to_string(i) + "." + std::to_string(left) +
                             std::string(dice() % 700, 'x'));
        }
        std::vector<PartitionBatch> one(1);
        one[0] = {{"t", partition}, batch_of(values), static_cast<std::int32_t>(values.size())};
        {
            std::scoped_lock lock(witness.mutex);
            witness.sent.insert(values.begin(), values.end());
        }
        auto outcomes = co_await log.append(one);
        if (!outcomes[0]) co_return i;
        std::scoped_lock lock(witness.mutex);
        for (std::size_t v = 0; v < values.size(); ++v) {
            witness.acknowledged[{partition, outcomes[0]->offset_of(v)}] = values[v];
        }
    }
    co_return 12;
}

// One life of the log: six producers at once, until they are done or the power goes.
void live(LogFixture& log, Witness& witness, const std::string& life, std::uint64_t seed) {
    if (!witness.topic_is_made) {
        auto made = log.create("t", kPartitions);
        if (!made && made.error().code != Errc::already_exists) return;
        witness.topic_is_made = true;
    }
    std::vector<std::future<int>> done;
    for (int producer = 0; producer < 6; ++producer) {
        done.push_back(boost::asio::co_spawn(
            log.reactor().context(),
            produce(log.log().topics(), witness, life + std::to_string(producer),
                    seed * 10 + static_cast<std::uint64_t>(producer)),
            boost::asio::use_future_t<>{}));
    }
    for (auto& one : done) one.get();
}

void check(LogFixture& log, const Witness& witness) {
    if (!witness.topic_is_made) return;
    std::set<std::string> seen;
    for (std::int32_t partition = 0; partition < kPartitions; ++partition) {
        auto values = log.values({"t", partition});
        ASSERT_TRUE(values.has_value()) << values.error().text;
        for (const auto& [place, value] : witness.acknowledged) {
            if (place.first != partition) continue;
            ASSERT_LT(place.second, static_cast<Offset>(values->size())) << "lost " << value;
            ASSERT_EQ(values->at(static_cast<std::size_t>(place.second)), value);
        }
        for (const std::string& value : *values) {
            ASSERT_TRUE(witness.sent.contains(value)) << "never sent";
            ASSERT_TRUE(seen.insert(value).second) << "doubled " << value;
        }
    }
}

// The power goes at a random operation, also during recovery; three times in a row on one disk.
TEST(Crash, a_power_cut_at_any_moment_keeps_every_acknowledged_record) {
    std::size_t acknowledged = 0;
    int cut_lives = 0;
    for (std::uint64_t seed = 1; seed <= 250; ++seed) {
        std::mt19937_64 dice(seed);
        auto files = std::make_unique<memory::MemoryFiles>();
        Witness witness;
        for (int life = 0; life < 3; ++life) {
            files->set_faults({.power_off_at = static_cast<std::int64_t>(1 + dice() % 160)});
            {
                LogFixture log(*files);
                bool is_open = log.start().has_value();
                if (is_open) live(log, witness, std::to_string(life) + "-", seed);
                if (!is_open || !log.log().health().is_accepting) ++cut_lives;
            }
            files = files->after_power_cut(dice() % 4 == 0 ? 0 : dice());
            LogFixture found(*files);
            auto opened = found.start();
            ASSERT_TRUE(opened.has_value()) << "seed " << seed << ": " << opened.error().text;
            check(found, witness);
            if (HasFatalFailure()) FAIL() << "seed " << seed << ", life " << life;
        }
        acknowledged += witness.acknowledged.size();
    }
    EXPECT_GT(acknowledged, 5'000u);  // or the test shows nothing
    EXPECT_GT(cut_lives, 300);
}

// Every sync in turn fails once: no record whose sync failed is acknowledged, nothing is
// afterwards, and what was acknowledged before is there.
TEST(Crash, after_a_failed_sync_nothing_is_acknowledged_any_more) {
    bool all_passed = false;
    for (std::int64_t nth = 1; !all_passed; ++nth) {
        ASSERT_LT(nth, 2'000);
        memory::MemoryFiles files;
        int told = 0;
        NativeLogSettings settings = small_settings();
        settings.on_failure = [&](const Error& error) {
            EXPECT_EQ(error.code, Errc::io);
            ++told;
        };
        LogFixture log(files, settings);
        ASSERT_TRUE(log.start().has_value());
        ASSERT_TRUE(log.create("t", kPartitions).has_value());
        Witness witness;
        witness.topic_is_made = true;
        files.set_faults({.fail_sync_at = nth});
        live(log, witness, "", 7);
        all_passed = log.log().health().is_accepting;
        EXPECT_EQ(told, all_passed ? 0 : 1);
        if (!all_passed) {
            auto late = log.append({"t", 0}, {"late"});
            ASSERT_EQ(late.error().code, Errc::unavailable);
            EXPECT_NE(log.log().health().reason.find("Input/output error"), std::string::npos);
            EXPECT_EQ(log.create("another").error().code, Errc::unavailable);
        }
        auto disk = files.after_power_cut(0);
        LogFixture found(*disk);
        ASSERT_TRUE(found.start().has_value());
        check(found, witness);
        for (std::int32_t partition = 0; partition < kPartitions; ++partition) {
            auto shown = log.values({"t", partition}).value();  // to readers of the failed log
            auto durable = found.values({"t", partition}).value();
            ASSERT_LE(shown.size(), durable.size()) << "shown, but not durable";
            ASSERT_TRUE(std::equal(shown.begin(), shown.end(), durable.begin()));
        }
        if (HasFatalFailure()) FAIL() << "sync " << nth;
    }
}

TEST(Crash, after_a_failed_write_nothing_is_acknowledged_any_more) {
    int failed = 0;
    for (std::int64_t nth = 1; nth <= 24; ++nth) {
        memory::MemoryFiles files;
        LogFixture log(files);
        ASSERT_TRUE(log.start().has_value());
        ASSERT_TRUE(log.create("t", kPartitions).has_value());
        Witness witness;
        witness.topic_is_made = true;
        files.set_faults({.fail_write_at = nth});
        live(log, witness, "", 8);
        if (!log.log().health().is_accepting) {  // it was not an index, which may fail
            ++failed;
            ASSERT_EQ(log.append({"t", 0}, {"late"}).error().code, Errc::unavailable);
        }
        log.stop();
        LogFixture found(files);  // killed, not cut: the half-written batch is there
        ASSERT_TRUE(found.start().has_value());
        check(found, witness);
        if (HasFatalFailure()) FAIL() << "write " << nth;
    }
    EXPECT_GT(failed, 12);
}

// Creations and removals under power cuts: a topic answered for is there with all its partitions, a
// removed one is not, and one made anew holds nothing old.
TEST(Crash, topics_come_and_go_whole) {
    for (std::int64_t power_off_at = 1; power_off_at < 90; ++power_off_at) {
        for (std::uint64_t seed : {0u, 1u, 2u, 3u}) {
            memory::MemoryFiles files;
            bool is_made = false, is_removed = false, is_made_anew = false;
            {
                LogFixture log(files);
                ASSERT_TRUE(log.start().has_value());
                files.set_faults({.power_off_at = power_off_at});
                is_made = log.create("t", 2).has_value();
                if (is_made) [[maybe_unused]]
                    auto old = log.append({"t", 1}, {"old"});
                is_removed = is_made && log.reactor().run(log.log().topics().remove_topic("t"));
                is_made_anew = is_removed && log.create("t", 2).has_value();
            }
            auto disk = files.after_power_cut(seed);
            LogFixture found(*disk);
            auto opened = found.start();
            ASSERT_TRUE(opened.has_value()) << power_off_at << ": " << opened.error().text;
            auto values = found.values({"t", 1});
            if (is_made && !is_removed && !values) {
                EXPECT_EQ(values.error().code, Errc::not_found);  // its removal had begun
            }
            if (is_made_anew) {
                EXPECT_EQ(values.value(), std::vector<std::string>{});
            }
            if (!values) {
                EXPECT_TRUE(found.create("t", 2).has_value());
            }
            EXPECT_TRUE(found.append({"t", 1}, {"new"}).has_value());
        }
    }
}

}  // namespace
}  // namespace pinflow::eventlog
