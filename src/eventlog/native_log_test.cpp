// SPDX-License-Identifier: Apache-2.0
#include "eventlog/native_log.h"

#include <filesystem>

#include "base/bytes.h"
#include "base/hash.h"
#include "contract/event_log_contract.h"
#include "contract/shard_stream_contract.h"
#include "eventlog/log_fixture.h"
#include "posix/posix_files.h"

namespace pinflow::contract {
namespace {

using eventlog::LogFixture;

struct MemoryOwner {
    memory::MemoryFiles files;
    LogFixture fixture{files};
};

struct DiskOwner {
    std::filesystem::path directory =
        std::filesystem::temp_directory_path() / ("pinflow-" + random_uuid());
    posix::PosixFiles files;
    LogFixture fixture{files, eventlog::small_settings(directory.string())};
    ~DiskOwner() {
        fixture.stop();
        std::filesystem::remove_all(directory);
    }
};

template <class Owner>
EventLogUnderTest make_log() {
    auto owner = std::make_shared<Owner>();
    EXPECT_TRUE(owner->fixture.start().has_value());
    return {&owner->fixture.log().topics(), owner};
}

template <class Owner>
ShardStreamUnderTest make_streams() {
    auto owner = std::make_shared<Owner>();
    EXPECT_TRUE(owner->fixture.start().has_value());
    auto let_time_pass = [clock = &owner->fixture.clock()] { clock->advance_ms(2'000); };
    return {&owner->fixture.log().streams(), owner, let_time_pass};
}

INSTANTIATE_TEST_SUITE_P(Memory, EventLogContract, testing::Values(make_log<MemoryOwner>));
INSTANTIATE_TEST_SUITE_P(Disk, EventLogContract, testing::Values(make_log<DiskOwner>));
INSTANTIATE_TEST_SUITE_P(Memory, ShardStreamContract, testing::Values(make_streams<MemoryOwner>));
INSTANTIATE_TEST_SUITE_P(Disk, ShardStreamContract, testing::Values(make_streams<DiskOwner>));

}  // namespace
}  // namespace pinflow::contract

namespace pinflow::eventlog {
namespace {

const TopicPartition kT0{"t", 0};

TEST(NativeLog, a_segment_is_the_batches_as_sent_and_carries_kafkas_name) {
    memory::MemoryFiles files;
    LogFixture log(files);
    ASSERT_TRUE(log.start().has_value());
    ASSERT_TRUE(log.create("t").has_value());
    ASSERT_TRUE(log.append(kT0, {"a", "b"}).has_value());
    ASSERT_TRUE(log.append(kT0, {"c"}).has_value());
    std::string second = batch_of({"c"});
    kafka::set_base_offset(second, 2);
    EXPECT_EQ(read_whole(files, "log/topics/t-0/00000000000000000000.log"),
              batch_of({"a", "b"}) + second);
    EXPECT_EQ(log.fetch(kT0, 0)->batches, batch_of({"a", "b"}) + second);
}

TEST(NativeLog, a_full_segment_is_followed_by_one_named_by_its_first_offset) {
    memory::MemoryFiles files;
    LogFixture log(files);
    ASSERT_TRUE(log.start().has_value());
    ASSERT_TRUE(log.create("t").has_value());
    std::vector<std::string> expected;
    for (int i = 0; i < 20; ++i) {
        expected.push_back(std::to_string(i) + std::string(1'000, 'x'));
        ASSERT_TRUE(log.append(kT0, {expected.back()}).has_value());
    }
    auto entries = files.list("log/topics/t-0").value();
    EXPECT_GT(entries.size(), 4u);
    for (auto& entry : entries) {
        if (!entry.name.ends_with(".log")) continue;
        EXPECT_LE(entry.bytes, 4'096u);
        auto first = kafka::read_batch_header(read_whole(files, "log/topics/t-0/" + entry.name));
        EXPECT_EQ(first->base_offset, std::stoll(entry.name.substr(0, 20)));
    }
    EXPECT_EQ(log.values(kT0).value(), expected);
}

TEST(NativeLog, a_log_opened_again_goes_on_where_it_ended) {
    memory::MemoryFiles files;
    std::vector<std::string> expected;
    for (int life = 0; life < 4; ++life) {
        LogFixture log(files);
        ASSERT_TRUE(log.start().has_value());
        if (life == 0) ASSERT_TRUE(log.create("t").has_value());
        EXPECT_EQ(log.values(kT0).value(), expected);
        for (int i = 0; i < 5; ++i) {
            expected.push_back(std::to_string(life) + std::string(900, 'y') + std::to_string(i));
            EXPECT_EQ(log.append(kT0, {expected.back()})->base_offset, life * 5 + i);
        }
        log.stop();
    }
}

TEST(NativeLog, streams_and_topics_of_one_name_are_apart) {
    memory::MemoryFiles files;
    LogFixture log(files);
    ASSERT_TRUE(log.start().has_value());
    ASSERT_TRUE(log.create("same").has_value());
    auto made = log.reactor().run(log.log().streams().create_stream("same", 2));
    ASSERT_TRUE(made.has_value());
    EXPECT_EQ(log.reactor().run(log.log().topics().list_topics())->size(), 1u);
    EXPECT_EQ(log.reactor().run(log.log().topics().describe_topic("same"))->partitions, 1);
    ASSERT_TRUE(log.append({"same", 0}, {"topic's"}).has_value());
    auto read =
        log.reactor().run(log.log().streams().read("same", "shardId-000000000000", {"0"}, {}));
    EXPECT_TRUE(read->records.empty());
}

TEST(NativeLog, a_second_opening_is_refused_while_the_first_lives) {
    memory::MemoryFiles files;
    LogFixture first(files);
    ASSERT_TRUE(first.start().has_value());
    LogFixture second(files);
    EXPECT_EQ(second.start().error().code, Errc::busy);
    first.stop();
    EXPECT_TRUE(second.start().has_value());
}

TEST(NativeLog, below_the_floor_appends_are_refused_and_reads_go_on) {
    memory::MemoryFiles files({.free_bytes = 100 << 20, .total_bytes = 1000 << 20});
    NativeLogSettings settings = small_settings();
    settings.free_bytes_floor = 10 << 20;
    settings.free_ratio_floor = 0.05;
    LogFixture log(files, settings);
    ASSERT_TRUE(log.start().has_value());
    ASSERT_TRUE(log.create("t").has_value());
    ASSERT_TRUE(log.append(kT0, {"kept"}).has_value());
    files.set_free_bytes((50 << 20) - 1);
    auto refused = log.append(kT0, {"refused"});
    EXPECT_EQ(refused.error().code, Errc::no_space);
    EXPECT_NE(refused.error().text.find("50 MiB"), std::string::npos) << refused.error().text;
    EXPECT_EQ(log.values(kT0).value(), std::vector<std::string>{"kept"});
    files.set_free_bytes(50 << 20);
    EXPECT_EQ(log.append(kT0, {"again"})->base_offset, 1);
}

// Room is set aside before anything is written: a batch that has none is refused alone, leaves no
// trace, and fits when there is room again.
TEST(NativeLog, a_batch_that_the_disk_cannot_take_is_refused_and_leaves_no_trace) {
    memory::MemoryFiles files;
    NativeLogSettings settings = small_settings();
    settings.segment_bytes_max = 1 << 20;
    LogFixture log(files, settings);
    ASSERT_TRUE(log.start().has_value());
    ASSERT_TRUE(log.create("t", 2).has_value());
    ASSERT_TRUE(log.append(kT0, {"kept"}).has_value());
    std::uint64_t needed = batch_of({std::string(80, 'y')}).size();
    for (std::uint64_t room = 0; room < needed; ++room) {
        files.set_faults({.bytes_until_full = room});
        std::vector<PartitionBatch> batches = {{kT0, batch_of({std::string(80, 'x')}), 1},
                                               {{"t", 1}, batch_of({std::string(80, 'y')}), 1}};
        auto outcomes = log.reactor().run(log.log().topics().append(batches));
        ASSERT_EQ(outcomes[0]->base_offset, static_cast<Offset>(room) + 1);  // had room already
        ASSERT_EQ(outcomes[1].error().code, Errc::no_space) << room;
        ASSERT_TRUE(log.log().health().is_accepting);
    }
    files.set_faults({.bytes_until_full = needed});
    EXPECT_EQ(log.append({"t", 1}, {std::string(80, 'y')})->base_offset, 0);
    files.set_faults({});
    log.stop();
    ASSERT_TRUE(log.start().has_value());
    EXPECT_EQ(log.values(kT0)->size(), needed + 1);
    EXPECT_EQ(log.values({"t", 1})->size(), 1u);
}

TEST(NativeLog, a_batch_over_the_limit_is_too_large) {
    memory::MemoryFiles files;
    NativeLogSettings settings = small_settings();
    settings.batch_bytes_max = batch_of({std::string(1'000, 'x')}).size();
    LogFixture log(files, settings);
    ASSERT_TRUE(log.start().has_value());
    ASSERT_TRUE(log.create("t").has_value());
    EXPECT_TRUE(log.append(kT0, {std::string(1'000, 'x')}).has_value());
    EXPECT_EQ(log.append(kT0, {std::string(1'001, 'x')}).error().code, Errc::too_large);
}

TEST(NativeLog, damaged_bytes_are_never_served) {
    memory::MemoryFiles files;
    LogFixture log(files);
    ASSERT_TRUE(log.start().has_value());
    ASSERT_TRUE(log.create("t").has_value());
    std::uint64_t first_bytes = batch_of({"first"}).size();
    for (std::string value : {"first", "second", "third"})
        ASSERT_TRUE(log.append(kT0, {value}).has_value());
    files.flip_bit("log/topics/t-0/00000000000000000000.log", (first_bytes + 65) * 8);
    auto bad = log.fetch(kT0, 1);
    ASSERT_FALSE(bad.has_value());
    EXPECT_EQ(bad.error().code, Errc::corrupt);
    std::string place =
        "log/topics/t-0/00000000000000000000.log at byte " + std::to_string(first_bytes);
    EXPECT_NE(bad.error().text.find(place), std::string::npos) << bad.error().text;
    EXPECT_FALSE(log.fetch(kT0, 0).has_value());
    EXPECT_TRUE(log.fetch(kT0, 0, 1).has_value());  // the intact first batch alone
    EXPECT_TRUE(log.fetch(kT0, 2).has_value());
}

TEST(NativeLog, closing_ends_waiting_reads_and_refuses_appends) {
    memory::MemoryFiles files;
    LogFixture log(files);
    ASSERT_TRUE(log.start().has_value());
    ASSERT_TRUE(log.create("t").has_value());
    auto waiting = boost::asio::co_spawn(
        log.reactor().context(),
        log.log().topics().fetch(kT0, 0, {.wait_max = std::chrono::minutes(5)}),
        boost::asio::use_future_t<>{});
    ASSERT_TRUE(log.log().close().has_value());
    EXPECT_EQ(waiting.get()->batches, "");
    EXPECT_EQ(log.append(kT0, {"x"}).error().code, Errc::unavailable);
    EXPECT_FALSE(log.log().health().is_accepting);
}

// The index has one entry per 32 KiB: every offset is found from every entry.
TEST(NativeLog, every_offset_of_a_long_segment_is_found) {
    memory::MemoryFiles files;
    NativeLogSettings settings = small_settings();
    settings.segment_bytes_max = 1 << 20;
    LogFixture log(files, settings);
    for (int life = 0; life < 2; ++life) {
        ASSERT_TRUE(log.start().has_value());
        if (life == 0) {
            ASSERT_TRUE(log.create("t").has_value());
            for (int i = 0; i < 300; ++i) {
                std::string value =
                    std::to_string(i) + std::string(i % 50 == 7 ? 70'000 : 700, 'z');
                ASSERT_TRUE(log.append(kT0, {value}).has_value());
            }
        }
        for (Offset offset = 0; offset < 300; ++offset) {
            for (std::size_t bytes_max : {1u, 5'000u, 1u << 20}) {
                auto fetched = log.fetch(kT0, offset, bytes_max);
                ASSERT_TRUE(fetched.has_value()) << fetched.error().text;
                auto records = kafka::decode_records(fetched->batches).value();
                EXPECT_EQ(records.at(0).offset, offset);
                EXPECT_TRUE(records.at(0).value->starts_with(std::to_string(offset) + "z"));
            }
        }
        log.stop();
    }
}

// Holds the committer, which asks for the time before each group, until it is told to go on.
class GateClock final : public Clock {
public:
    Timestamp now_ms() override {
        if (is_armed_.exchange(false)) {
            reached.set_value();
            released.get_future().wait();
        }
        return 1'700'000'000'000;
    }
    std::int64_t steady_us() override { return 0; }
    void arm() { is_armed_ = true; }

    std::promise<void> reached, released;

private:
    std::atomic<bool> is_armed_ = false;
};

TEST(NativeLog, all_that_wait_share_one_sync) {
    memory::MemoryFiles files;
    GateClock clock;
    auto log = NativeLog::open(files, clock, small_settings()).value();
    Reactor reactor("test");
    ASSERT_TRUE(reactor.run(log->topics().create_topic("t", 2)).has_value());
    auto append_later = [&](std::int32_t partition) {
        auto append = [](EventLog& topics, std::int32_t to) -> Task<bool> {
            std::vector<PartitionBatch> one(1);
            one[0] = {{"t", to}, batch_of({"x"}), 1};
            auto outcomes = co_await topics.append(one);
            co_return outcomes[0].has_value();
        };
        return boost::asio::co_spawn(reactor.context(), append(log->topics(), partition),
                                     boost::asio::use_future_t<>{});
    };
    for (std::int32_t partition : {0, 1}) ASSERT_TRUE(append_later(partition).get());
    clock.arm();
    std::vector<std::future<bool>> done;
    done.push_back(append_later(0));
    clock.reached.get_future().wait();
    std::int64_t syncs_before = files.sync_count();
    std::int64_t one_bytes = static_cast<std::int64_t>(batch_of({"x"}).size());
    for (int i = 0; i < 40; ++i) done.push_back(append_later(i % 2));
    while (log->counts().waiting_bytes < 40 * one_bytes) std::this_thread::yield();
    clock.released.set_value();
    for (auto& one : done) EXPECT_TRUE(one.get());
    EXPECT_EQ(files.sync_count() - syncs_before, 1 + 1);  // the one held; then all partitions once
    EXPECT_EQ(log->counts().groups, 4);
    EXPECT_TRUE(log->close().has_value());
}

// Producers may compress as they like: the bytes pass through whole.
TEST(NativeLog, a_compressed_batch_is_stored_and_served_verbatim) {
    memory::MemoryFiles files;
    LogFixture log(files);
    ASSERT_TRUE(log.start().has_value());
    ASSERT_TRUE(log.create("t").has_value());
    std::string compressed = batch_of({"one", "two"}, 50);
    put_at(compressed, 21, std::int16_t{4});
    put_at(compressed, 17, crc32c(std::string_view(compressed).substr(21)));
    PartitionBatch batch{kT0, compressed, 2};
    ASSERT_TRUE(log.reactor().run(log.log().topics().append({&batch, 1})).at(0).has_value());
    EXPECT_EQ(log.append(kT0, {"three"})->base_offset, 2);
    EXPECT_EQ(log.fetch(kT0, 1, 1)->batches, compressed);
    EXPECT_EQ(log.reactor().run(log.log().topics().offset_at(kT0, 51)).value(), 0);
    log.stop();
    ASSERT_TRUE(log.start().has_value());
    EXPECT_EQ(log.fetch(kT0, 1, 1)->batches, compressed);
}

// Memory as the disk: what a full queue looks like to those who come late. The committer is held in
// its failure callback meanwhile.
TEST(NativeLog, a_full_queue_turns_away_instead_of_growing) {
    memory::MemoryFiles files;
    NativeLogSettings settings = small_settings();
    settings.queue_bytes_max = 10'000;
    std::promise<void> reached, released;
    settings.on_failure = [&](const Error&) {
        reached.set_value();
        released.get_future().wait();
    };
    LogFixture log(files, settings);
    ASSERT_TRUE(log.start().has_value());
    ASSERT_TRUE(log.create("t").has_value());
    files.set_faults({.fail_sync_at = 1});
    auto append_later = [&](std::size_t bytes) {
        return std::async(std::launch::async, [&log, bytes] {
            PartitionBatch batch{kT0, batch_of({std::string(bytes, 'x')}), 1};
            return run_here(log.log().topics().append({&batch, 1})).at(0);
        });
    };
    auto stuck = append_later(100);
    reached.get_future().wait();
    auto queued = append_later(20'000);  // alone it may be larger than the queue
    while (log.log().counts().waiting_bytes == 0) std::this_thread::yield();
    auto refused = log.append(kT0, {"x"});
    EXPECT_EQ(refused.error().code, Errc::unavailable);
    EXPECT_EQ(refused.error().text, "too much waits for the disk: try again");
    released.set_value();
    EXPECT_FALSE(stuck.get().has_value());
    EXPECT_FALSE(queued.get().has_value());
}

}  // namespace
}  // namespace pinflow::eventlog
