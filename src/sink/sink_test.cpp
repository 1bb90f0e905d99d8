// SPDX-License-Identifier: Apache-2.0
#include "sink/sink.h"

#include <algorithm>
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/reactor.h"
#include "base/text.h"
#include "memory/hand_clock.h"
#include "memory/memory_files.h"
#include "memory/memory_meter.h"
#include "memory/memory_object_store.h"
#include "memory/memory_work_book.h"
#include "sink/fake_log.h"

namespace pinflow::sink {
namespace {

// Counts every change of the work book and the store, and dies at the n-th: from then on nothing
// has any effect, as after kill -9. The n-th itself has its effect or not.
struct Death {
    std::int64_t changes_left = -1;  // -1: never
    bool last_takes_effect = false;
    bool is_dead = false;
    void set(std::int64_t at, bool takes_effect) {
        std::scoped_lock lock(mutex);
        changes_left = at;
        last_takes_effect = takes_effect;
        is_dead = false;
    }

    enum class Fate { live, die_before, die_after };
    std::mutex mutex;  // objects are written side by side

    Fate next() {
        std::scoped_lock lock(mutex);
        if (is_dead) return Fate::die_before;
        if (changes_left < 0 || --changes_left > 0) return Fate::live;
        is_dead = true;
        return last_takes_effect ? Fate::die_after : Fate::die_before;
    }
};

class MortalStore final : public ObjectStore {
public:
    MortalStore(ObjectStore& store, Death& death) : store_(store), death_(death) {}
    Task<Status> put(std::string key, std::string bytes, PutIf condition) override {
        auto fate = death_.next();
        if (fate == Death::Fate::die_before) co_return fail(Errc::io, "dead");
        Status put = co_await store_.put(std::move(key), std::move(bytes), condition);
        if (fate == Death::Fate::die_after) co_return fail(Errc::io, "dead");
        co_return put;
    }
    Task<Status> put_file(std::string, std::string, PutIf) override { co_return fail(Errc::io, ""); }
    Task<Result<std::string>> get(std::string key, ByteRange range) override {
        return store_.get(std::move(key), range);
    }
    Task<Result<ObjectInfo>> head(std::string key) override { return store_.head(std::move(key)); }
    Task<Result<std::vector<ObjectInfo>>> list(std::string prefix) override {
        return store_.list(std::move(prefix));
    }
    Task<Status> remove(std::string) override { co_return fail(Errc::io, ""); }
    std::optional<std::string> local_path(const std::string&) override { return std::nullopt; }

private:
    ObjectStore& store_;
    Death& death_;
};

class MortalBook final : public WorkBook {
public:
    MortalBook(WorkBook& book, Death& death) : book_(book), death_(death) {}
    Task<Result<std::optional<std::string>>> get(std::string key) override {
        return book_.get(std::move(key));
    }
    Task<Result<std::vector<std::pair<std::string, std::string>>>> list(std::string prefix) override {
        return book_.list(std::move(prefix));
    }
    Task<Status> commit(std::vector<WorkChange> changes) override {
        auto fate = death_.next();
        if (fate == Death::Fate::die_before) co_return fail(Errc::io, "dead");
        Status committed = co_await book_.commit(std::move(changes));
        if (fate == Death::Fate::die_after) co_return fail(Errc::io, "dead");
        co_return committed;
    }

private:
    WorkBook& book_;
    Death& death_;
};

class SinkTest : public testing::Test {
protected:
    void start(SinkSettings settings = {}) {
        sink = Sink::open(log, mortal_store, mortal_book, clock, meter, settings).value();
    }
    void revive() { death.set(-1, false); }
    bool pass() {
        auto wrote = run_here(sink->pass());
        return wrote && *wrote;
    }
    // Another look, late enough for new topics to be found.
    bool later_pass(std::int64_t ms = 250) {
        clock.advance_ms(ms);
        return pass();
    }
    std::vector<std::string> keys(std::string prefix = "topics") {
        std::vector<std::string> found;
        for (auto& info : run_here(store.list(std::move(prefix))).value()) found.push_back(info.key);
        return found;
    }
    std::string get(std::string key) { return run_here(store.get(std::move(key), {})).value(); }
    std::int64_t counter(const std::string& name, const std::string& topic) {
        return meter.counter(name, MeterKind::counter, "", {{"topic", topic}}).value();
    }
    static std::string pin_key(Offset first) {
        return fmt::format("topics/u.pin/partition=0/u.pin+0+{:010}.json", first);
    }

    memory::HandClock clock;
    memory::MemoryFiles files;
    memory::MemoryObjectStore store{clock, files};
    memory::MemoryWorkBook book;
    memory::MemoryMeter meter;
    FakeLog log;
    Death death;
    MortalStore mortal_store{store, death};
    MortalBook mortal_book{book, death};
    std::unique_ptr<Sink> sink;
};

TEST_F(SinkTest, flush_size_one_gives_each_record_an_object_of_its_own) {
    log.make("u.pin", 1);
    log.add("u.pin", 0, {R"({"index":7528})", R"({"index":2863})"});
    start({.flush_size = 1});
    EXPECT_TRUE(pass());
    EXPECT_EQ(keys(), (std::vector{pin_key(0), pin_key(1)}));
    EXPECT_EQ(get(pin_key(0)), "{\"index\":7528}\n");
    EXPECT_EQ(get(pin_key(1)), "{\"index\":2863}\n");
    EXPECT_FALSE(pass());
}

TEST_F(SinkTest, flush_size_three_closes_objects_at_three_and_leaves_the_rest) {
    log.make("u.pin", 1);
    log.add("u.pin", 0, {"0", "1"});
    start({.flush_size = 3, .rotate_schedule_interval_ms = 0});
    EXPECT_FALSE(pass());
    log.add("u.pin", 0, {"2", "3", "4", "5", "6"});
    EXPECT_TRUE(pass());
    EXPECT_EQ(keys(), (std::vector{pin_key(0), pin_key(3)}));
    EXPECT_EQ(get(pin_key(3)), "3\n4\n5\n");
    EXPECT_FALSE(later_pass(1'000'000));
    log.add("u.pin", 0, {"7", "8"});
    EXPECT_TRUE(pass());
    EXPECT_EQ(get(pin_key(6)), "6\n7\n8\n");
}

TEST_F(SinkTest, the_clock_closes_what_flush_size_does_not) {
    log.make("u.pin", 1);
    start({.flush_size = 1'000, .rotate_schedule_interval_ms = 5'000});
    EXPECT_FALSE(pass());
    log.add("u.pin", 0, {"0"});
    EXPECT_FALSE(pass());  // the first look at the record: the interval begins
    EXPECT_FALSE(later_pass(3'000));
    log.add("u.pin", 0, {"1"});
    EXPECT_EQ(sink->waiting_reason(),
              "1 record is in no object yet; next flush in 2.0 s because "
              "rotate.schedule.interval.ms=5000 (sooner at flush.size=1000)");
    EXPECT_FALSE(later_pass(1'999));
    EXPECT_TRUE(later_pass(1));
    EXPECT_EQ(get(pin_key(0)), "0\n1\n");
    EXPECT_EQ(sink->waiting_reason(), "nothing waits");
    log.add("u.pin", 0, {"2"});
    EXPECT_FALSE(pass());
    EXPECT_FALSE(later_pass(4'999));
    EXPECT_TRUE(later_pass(1));
    EXPECT_EQ(get(pin_key(2)), "2\n");
}

TEST_F(SinkTest, partitions_and_topics_are_followed_each_for_itself_and_found_while_running) {
    log.make("u.pin", 2);
    log.add("u.pin", 1, {"0"});
    start({.topics_regex = "u\\..*", .flush_size = 1});
    EXPECT_TRUE(pass());
    log.make("u.geo", 1);
    log.make("other", 1);
    log.add("u.geo", 0, {"1"});
    log.add("other", 0, {"2"});
    EXPECT_FALSE(pass());
    EXPECT_TRUE(later_pass(200));
    EXPECT_EQ(keys(), (std::vector<std::string>{"topics/u.geo/partition=0/u.geo+0+0000000000.json",
                                                "topics/u.pin/partition=1/u.pin+1+0000000000.json"}));
}

TEST_F(SinkTest, flush_all_and_clean_stop_leave_nothing_behind) {
    log.make("u.pin", 1);
    log.add("u.pin", 0, {"0", "1"});
    start();
    EXPECT_TRUE(run_here(sink->flush_all()));
    EXPECT_EQ(get(pin_key(0)), "0\n1\n");
    log.add("u.pin", 0, {"2"});
    EXPECT_TRUE(run_here(sink->stop(true)));
    EXPECT_EQ(get(pin_key(2)), "2\n");
    auto state = run_here(book.get("sink/u.pin/0")).value().value();
    EXPECT_EQ(PartitionState::decode(state)->next, 3);
    EXPECT_TRUE(PartitionState::decode(state)->promised.empty());
    start();
    EXPECT_FALSE(pass());
    EXPECT_EQ(keys().size(), 2u);
}

TEST_F(SinkTest, run_follows_the_log_until_it_is_stopped) {
    log.make("u.pin", 1);
    for (int i = 0; i < 10; ++i) log.add("u.pin", 0, {std::to_string(i)});
    start({.flush_size = 5});
    Reactor reactor("sink");
    reactor.start(sink->run());
    EXPECT_TRUE(reactor.run(sink->flush_all()));
    EXPECT_TRUE(reactor.run(sink->stop(true)));
    EXPECT_EQ(keys(), (std::vector{pin_key(0), pin_key(5)}));
}

TEST_F(SinkTest, tombstones_and_what_is_not_json_are_counted_and_never_in_the_way) {
    log.make("u.pin", 1);
    log.add("u.pin", 0, {std::nullopt, "{}", "no json", std::nullopt});
    start();
    EXPECT_TRUE(run_here(sink->flush_all()));
    EXPECT_EQ(keys(), (std::vector<std::string>{"topics-dead/u.pin/partition=0/u.pin+0+0000000002.json",
                                                pin_key(1)}));
    EXPECT_EQ(counter("pinflow_sink_records_total", "u.pin"), 1);
    EXPECT_EQ(counter("pinflow_sink_null_values_total", "u.pin"), 2);
    EXPECT_EQ(counter("pinflow_sink_dead_letters_total", "u.pin"), 1);
    EXPECT_EQ(counter("pinflow_sink_pending_records", "u.pin"), 0);
    EXPECT_EQ(counter("pinflow_sink_objects_total", "u.pin"), 2);
}

TEST_F(SinkTest, an_object_that_fails_is_tried_again_and_others_go_on) {
    log.make("a", 1);
    log.make("b", 1);
    log.add("a", 0, {"1"});
    log.add("b", 0, {"2"});
    start({.flush_size = 1, .puts_at_once = 1});
    store.fail_puts(1, memory::MemoryObjectStore::PutFault::before_effect);
    EXPECT_TRUE(pass());
    EXPECT_EQ(keys(), std::vector<std::string>{"topics/b/partition=0/b+0+0000000000.json"});
    EXPECT_NE(sink->waiting_reason().find("a/0: cannot put"), std::string::npos);
    EXPECT_FALSE(pass());  // not before its time
    EXPECT_TRUE(later_pass());
    EXPECT_EQ(keys().size(), 2u);
    EXPECT_EQ(counter("pinflow_sink_failures_total", "a"), 1);
}

TEST_F(SinkTest, a_put_whose_answer_was_lost_is_found_to_be_ours) {
    log.make("u.pin", 1);
    log.add("u.pin", 0, {"1"});
    start({.flush_size = 1});
    store.fail_puts(1, memory::MemoryObjectStore::PutFault::after_effect);
    pass();
    EXPECT_TRUE(later_pass());
    EXPECT_EQ(keys(), std::vector{pin_key(0)});
}

TEST_F(SinkTest, a_work_book_that_fails_delays_and_loses_nothing) {
    log.make("u.pin", 1);
    log.add("u.pin", 0, {"0", "1", "2", "3"});
    start({.flush_size = 3, .rotate_schedule_interval_ms = 0});
    book.fail_commits(1);
    EXPECT_FALSE(pass());
    EXPECT_TRUE(keys().empty());
    EXPECT_TRUE(pass());
    EXPECT_EQ(keys(), std::vector{pin_key(0)});
}

TEST_F(SinkTest, a_topic_created_anew_begins_anew_and_overwrites_nothing) {
    log.make("u.pin", 1, 1'000);
    log.add("u.pin", 0, {"\"old\"", "\"old\""});
    start({.flush_size = 1});
    pass();
    log.drop("u.pin");
    log.make("u.pin", 1, 2'000);
    log.add("u.pin", 0, {"\"new\""});
    EXPECT_TRUE(later_pass());
    EXPECT_EQ(get(pin_key(0)), "\"old\"\n");
    EXPECT_EQ(get("topics/u.pin/partition=0/u.pin+0+0000000000.g2000.json"), "\"new\"\n");
    log.drop("u.pin");
    later_pass();
    later_pass(2'000);
    EXPECT_TRUE(run_here(book.list("sink/")).value().empty());
}

TEST_F(SinkTest, records_that_retention_took_unread_are_counted_and_passed_over) {
    log.make("u.pin", 1);
    log.add("u.pin", 0, {"0", "1", "2"});
    log.set_first("u.pin", 0, 2);
    start({.flush_size = 1});
    EXPECT_TRUE(pass());
    EXPECT_EQ(keys(), std::vector{pin_key(2)});
    EXPECT_EQ(counter("pinflow_sink_skipped_offsets_total", "u.pin"), 2);
}

TEST_F(SinkTest, settings_outside_their_range_are_refused) {
    auto refusal = [&](SinkSettings settings) {
        auto opened = Sink::open(log, store, book, clock, meter, std::move(settings));
        return opened ? std::string() : opened.error().text;
    };
    EXPECT_NE(refusal({.flush_size = 0}).find("flush.size=0"), std::string::npos);
    EXPECT_NE(refusal({.topics_regex = "("}).find("topics.regex"), std::string::npos);
    EXPECT_NE(refusal({.topics_dir = "/x"}).find("topics.dir"), std::string::npos);
}

// --- exactly once -------------------------------------------------------------------------------

// Every record's value says where it is: the objects must hold each exactly once, under its name.
class SinkDeathTest : public SinkTest {
protected:
    void add_some(std::mt19937_64& dice) {
        for (auto& [topic, partition] : places_) {
            std::vector<std::optional<std::string>> values;
            for (std::uint64_t i = 0, n = dice() % 5; i < n; ++i) {
                Offset offset = ends_[{topic, partition}]++;
                switch (dice() % 8) {
                    case 0: values.push_back(std::nullopt); continue;
                    case 1: values.push_back(fmt::format("not json {}", offset)); ++dead_; continue;
                    default: break;
                }
                values.push_back(fmt::format(R"({{"t":"{}","p":{},"o":{}}})", topic, partition, offset));
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
// again and again at random; more records come meanwhile, and settings change.
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
            for (int i = 0; i < 12 && !death.is_dead; ++i) {
                add_some(dice);
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
