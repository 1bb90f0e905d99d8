// SPDX-License-Identifier: Apache-2.0
// Acknowledged records survive power cuts and failing disks: a disk in memory that forgets what was
// not synced, many seeds, and a list of every acknowledgement.
#include <cstdlib>
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
    // Of requests with a key, over partitions 0 and 1: both offsets. Of the idempotent producer of
    // each life: the offsets of its batches, by sequence.
    std::map<std::string, std::pair<Offset, Offset>> keyed;
    std::map<std::int64_t, std::map<std::int32_t, Offset>> sequences;
    std::mutex mutex;
};

std::vector<PartitionBatch> keyed_request(const std::string& key) {
    std::vector<PartitionBatch> both(2);
    both[0] = {{"t", 0}, batch_of({key + " in 0"}), 1};
    both[1] = {{"t", 1}, batch_of({key + " in 1"}), 1};
    return both;
}

Task<int> produce_keyed(EventLog& log, Witness& witness, std::string name) {
    for (int i = 0; i < 12; ++i) {
        std::string text = name + "." + std::to_string(i);
        std::vector<PartitionBatch> both = keyed_request(text);
        {
            std::scoped_lock lock(witness.mutex);
            witness.sent.insert({text + " in 0", text + " in 1"});
        }
        IdempotencyKey key{text, 1};
        auto outcomes = co_await log.append(both, std::move(key));
        if (!outcomes[0] || !outcomes[1]) co_return i;
        std::scoped_lock lock(witness.mutex);
        witness.keyed[text] = {outcomes[0]->base_offset, outcomes[1]->base_offset};
        witness.acknowledged[{0, outcomes[0]->base_offset}] = text + " in 0";
        witness.acknowledged[{1, outcomes[1]->base_offset}] = text + " in 1";
    }
    co_return 12;
}

std::string value_of_sequence(std::int64_t id, std::int32_t sequence) {
    return "producer " + std::to_string(id) + ", " + std::to_string(sequence);
}

Task<int> produce_idempotently(EventLog& log, Witness& witness, std::int64_t id) {
    for (std::int32_t sequence = 0; sequence < 12; ++sequence) {
        std::string value = value_of_sequence(id, sequence);
        std::vector<PartitionBatch> one(1);
        one[0] = {{"t", 2}, batch_of_producer({value}, id, sequence), 1};
        {
            std::scoped_lock lock(witness.mutex);
            witness.sent.insert(value);
        }
        auto outcomes = co_await log.append(one);
        if (!outcomes[0]) co_return sequence;
        std::scoped_lock lock(witness.mutex);
        witness.sequences[id][sequence] = outcomes[0]->base_offset;
        witness.acknowledged[{2, outcomes[0]->base_offset}] = value;
    }
    co_return 12;
}

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

// One life of the log: eight producers at once, until they are done or the power goes, and
// retention between.
void live(LogFixture& log, Witness& witness, int life, std::uint64_t seed) {
    if (!witness.topic_is_made) {
        auto made = log.create("t", kPartitions);
        if (!made && made.error().code != Errc::already_exists) return;
        witness.topic_is_made = true;
    }
    std::vector<std::future<int>> done;
    auto start = [&](Task<int> task) {
        done.push_back(boost::asio::co_spawn(log.reactor().context(), std::move(task),
                                             boost::asio::use_future_t<>{}));
    };
    EventLog& topics = log.log().topics();
    std::string name = std::to_string(life) + "-";
    for (int producer = 0; producer < 6; ++producer) {
        start(produce(topics, witness, name + std::to_string(producer),
                      seed * 10 + static_cast<std::uint64_t>(producer)));
    }
    start(produce_keyed(topics, witness, name + "k"));
    start(produce_idempotently(topics, witness, life));
    log.log().set_holds({});
    for (auto& one : done) {
        one.get();
        [[maybe_unused]] Status kept = log.log().enforce_retention();  // the power may be off
    }
}

void check(LogFixture& log, const Witness& witness) {
    if (!witness.topic_is_made) return;
    std::set<std::string> seen;
    for (std::int32_t partition = 0; partition < kPartitions; ++partition) {
        auto values = log.values({"t", partition});
        ASSERT_TRUE(values.has_value()) << values.error().text;
        auto first = log.reactor().run(log.log().topics().offsets({"t", partition}))->first;
        for (const auto& [place, value] : witness.acknowledged) {
            if (place.first != partition || place.second < first) continue;
            ASSERT_LT(place.second, static_cast<Offset>(values->size())) << "lost " << value;
            ASSERT_EQ(values->at(static_cast<std::size_t>(place.second)), value);
        }
        for (auto at = values->begin() + first; at != values->end(); ++at) {
            ASSERT_TRUE(witness.sent.contains(*at)) << "never sent";
            ASSERT_TRUE(seen.insert(*at).second) << "doubled " << *at;
        }
    }
}

void expect_repeat(const Result<Appended>& again, Offset offset) {
    ASSERT_TRUE(again.has_value()) << again.error().text;
    ASSERT_TRUE(again->is_repeat);
    ASSERT_EQ(again->base_offset, offset);
}

// What was acknowledged is known when it comes again. Of a producer the last five batches are, and
// one may have been under way.
void check_repeats(LogFixture& log, const Witness& witness) {
    for (const auto& [text, offsets] : witness.keyed) {
        auto both = keyed_request(text);
        auto again = log.reactor().run(log.log().topics().append(both, {text, 1}));
        ASSERT_NO_FATAL_FAILURE(expect_repeat(again[0], offsets.first)) << text;
        ASSERT_NO_FATAL_FAILURE(expect_repeat(again[1], offsets.second)) << text;
    }
    for (const auto& [id, offsets] : witness.sequences) {
        for (const auto& [sequence, offset] : offsets) {
            if (sequence + 4 <= offsets.rbegin()->first) continue;
            auto batch = batch_of_producer({value_of_sequence(id, sequence)}, id, sequence);
            auto again = log.append_batch({"t", 2}, std::move(batch));
            ASSERT_NO_FATAL_FAILURE(expect_repeat(again, offset)) << id << ", " << sequence;
        }
    }
}

// Everything happens within a short life: rolls, checkpoints, journal files used again, retention.
NativeLogSettings busy_settings() {
    NativeLogSettings settings = small_settings();
    settings.journal_file_bytes = 32 << 10;
    settings.checkpoint_bytes = 32 << 10;
    settings.checkpoint_idle_ms = 1;
    settings.retention_bytes = 12'000;
    settings.scrub_bytes_per_second = 0;
    return settings;
}

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : std::stoull(text);
}

// The power goes at a random operation, also during recovery; three times in a row on one disk.
// PINFLOW_CRASH_SEEDS says how many disks; PINFLOW_CRASH_SEED repeats one, as far as threads allow.
TEST(Crash, a_power_cut_at_any_moment_keeps_every_acknowledged_record) {
    std::uint64_t count = number_from("PINFLOW_CRASH_SEEDS", 250);
    std::uint64_t base = number_from("PINFLOW_CRASH_SEED", std::random_device{}());
    if (std::getenv("PINFLOW_CRASH_SEED") != nullptr) count = 1;
    std::size_t acknowledged = 0;
    std::uint64_t cut_lives = 0;
    for (std::uint64_t seed = base; seed < base + count; ++seed) {
        SCOPED_TRACE("PINFLOW_CRASH_SEED=" + std::to_string(seed));
        std::mt19937_64 dice(seed);
        auto files = std::make_unique<memory::MemoryFiles>();
        Witness witness;
        for (int life = 0; life < 3; ++life) {
            files->set_faults({.power_off_at = static_cast<std::int64_t>(1 + dice() % 400)});
            {
                LogFixture log(*files, busy_settings());
                bool is_open = log.start().has_value();
                if (is_open) live(log, witness, life, seed);
                if (!is_open || !log.log().health().is_accepting) ++cut_lives;
            }
            files = files->after_power_cut(dice() % 4 == 0 ? 0 : dice());
            LogFixture found(*files, busy_settings());
            auto opened = found.start();
            ASSERT_TRUE(opened.has_value()) << opened.error().text;
            ASSERT_NO_FATAL_FAILURE(check(found, witness)) << "life " << life;
            ASSERT_NO_FATAL_FAILURE(check_repeats(found, witness)) << "life " << life;
        }
        acknowledged += witness.acknowledged.size();
    }
    if (count < 100) return;
    EXPECT_GT(acknowledged, 20 * count);  // or the test shows nothing
    EXPECT_GT(cut_lives, count);
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
        live(log, witness, 0, 7);
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
        live(log, witness, 0, 8);
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
    NativeLogSettings settings = small_settings();
    settings.journal_file_bytes = 32 << 10;
    for (std::int64_t power_off_at = 1; power_off_at < 90; ++power_off_at) {
        for (std::uint64_t seed : {0u, 1u, 2u, 3u}) {
            memory::MemoryFiles files;
            bool is_made = false, is_removed = false, is_made_anew = false;
            {
                LogFixture log(files, settings);
                ASSERT_TRUE(log.start().has_value());
                files.set_faults({.power_off_at = power_off_at});
                is_made = log.create("t", 2).has_value();
                if (is_made) [[maybe_unused]]
                    auto old = log.append({"t", 1}, {"old"});
                is_removed = is_made && log.reactor().run(log.log().topics().remove_topic("t"));
                is_made_anew = is_removed && log.create("t", 2).has_value();
            }
            auto disk = files.after_power_cut(seed);
            LogFixture found(*disk, settings);
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
