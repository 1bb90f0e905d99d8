// SPDX-License-Identifier: Apache-2.0
#include "stream/stream_job.h"

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/hash.h"
#include "base/reactor.h"
#include "codec/kafka/record_batch.h"
#include "engine/duckdb_engine.h"
#include "lake/delta_lake.h"
#include "memory/hand_clock.h"
#include "memory/memory_meter.h"
#include "memory/memory_work_book.h"
#include "posix/posix_files.h"
#include "store/folder_store.h"
#include "stream/fake_streams.h"
#include "stream/follower_state.h"
#include "stream/mortal_ports.h"

namespace pinflow::stream {
namespace {

namespace fs = std::filesystem;

PipelineKind pin_kind() {
    PipelineKind kind;
    kind.name = "pin";
    kind.topic = "{user}.pin";
    kind.stream = "streaming-{user}-pin";
    kind.stream_table = "{user}_pin_table";
    kind.shape.columns = {{"ind", ColumnType::int64}, {"name", ColumnType::text}};
    kind.shape.key = "ind";
    kind.clean_sql = "SELECT ind, upper(name) AS name FROM raw";
    kind.clean_file = "clean/pin.sql";
    kind.cleaned = kind.shape.columns;
    return kind;
}

PipelineKind broken_kind() {
    PipelineKind kind = pin_kind();
    kind.name = "geo";
    kind.stream = "streaming-{user}-geo";
    kind.stream_table = "{user}_geo_table";
    kind.clean_sql = "SELECT ind, no_such_column AS name FROM raw";
    kind.clean_file = "clean/geo.sql";
    return kind;
}

// A log of one topic, u.pin, once it has values.
class OneTopic final : public EventLog {
public:
    Task<std::vector<Result<Appended>>> append(std::span<PartitionBatch>) override {
        co_return std::vector<Result<Appended>>{};
    }
    Task<Result<Fetched>> fetch(TopicPartition id, Offset from, FetchLimits) override {
        Fetched fetched{"", {0, static_cast<Offset>(values.size())}};
        if (id.topic != "u.pin" || from >= fetched.offsets.end) co_return fetched;
        std::vector<Record> records;
        for (const std::string& value : values) records.push_back({.key = {}, .value = value});
        fetched.batches = kafka::build_batch(std::span<const Record>(records));
        co_return fetched;
    }
    Task<Result<OffsetRange>> offsets(TopicPartition) override {
        co_return OffsetRange{0, static_cast<Offset>(values.size())};
    }
    Task<Result<Offset>> offset_at(TopicPartition, Timestamp) override { co_return 0; }
    Task<Result<TopicInfo>> create_topic(std::string, std::int32_t) override { co_return TopicInfo{}; }
    Task<Status> remove_topic(std::string) override { co_return Status{}; }
    Task<Result<TopicInfo>> describe_topic(std::string name) override {
        co_return TopicInfo{name, 1, 0};
    }
    Task<Result<std::vector<TopicInfo>>> list_topics() override {
        std::vector<TopicInfo> topics;
        if (!values.empty()) topics.push_back({"u.pin", 1, 0});
        co_return topics;
    }

    std::vector<std::string> values;  // of topic u.pin, one batch
};

class StreamJobTest : public testing::Test {
protected:
    ~StreamJobTest() override {
        job.reset();
        fs::remove_all(folder_);
    }

    // A new life: nothing of the process before is left but what was made durable.
    void start(StreamSettings settings = {}, std::vector<PipelineKind> kinds = {pin_kind()}) {
        job.reset();
        lake_ = lake::DeltaLake::open(mortal_store_, clock, engine_, folder_ / "staging").value();
        job = StreamJob::open(streams, topics, *lake_, engine_, mortal_book_, clock, meter,
                              std::move(kinds), settings)
                  .value();
    }
    bool pass() {
        auto committed = run_here(job->pass());
        return committed && *committed;
    }
    bool later_pass(std::int64_t ms = 1'100) {
        clock.advance_ms(ms);
        return pass();
    }
    Status drain() { return run_here(job->drain()); }

    std::string pin(std::int64_t ind) { return fmt::format(R"({{"ind":{},"name":"n{}"}})", ind, ind); }

    std::optional<TableSnapshot> snapshot(const std::string& name) {
        auto read = run_here(lake_->table(name).value()->read(std::nullopt));
        if (!read) return std::nullopt;
        return *read;
    }
    Rows query(const std::string& table, const std::string& sql) {
        auto found = snapshot(table).value();
        std::vector<std::string> paths;
        for (const DataFile& file : found.files) paths.push_back(file.local_path);
        auto session = engine_.open_session({.threads = 1}).value();
        EXPECT_TRUE(session->create_view("t", found.schema, paths));
        return session->query(sql).value();
    }
    std::vector<std::int64_t> inds(const std::string& table = "u_pin_table") {
        if (!snapshot(table)) return {};
        return query(table, "SELECT ind FROM t ORDER BY ind").columns[0].integers;
    }

    fs::path folder_ = fs::temp_directory_path() / ("stream_test." + random_uuid());
    posix::PosixFiles files_;
    memory::HandClock clock;
    memory::MemoryMeter meter;
    memory::MemoryWorkBook book;
    FakeStreams streams;
    OneTopic topics;
    Death death;
    std::unique_ptr<store::FolderStore> store_ =
        store::FolderStore::open(files_, clock, folder_, "tables").value();
    MortalStore mortal_store_{*store_, death};
    MortalBook mortal_book_{book, death};
    engine::DuckDbEngine engine_;
    std::unique_ptr<lake::DeltaLake> lake_;
    std::unique_ptr<StreamJob> job;
};

TEST_F(StreamJobTest, records_of_any_user_become_cleaned_rows_of_that_users_table) {
    streams.make("streaming-u-pin", 4);
    streams.make("streaming-v-pin", 1);
    streams.make("other", 1);
    streams.add("streaming-u-pin", 0, pin(1));
    streams.add("streaming-u-pin", 3, pin(2));
    streams.add("streaming-v-pin", 0, pin(3));
    streams.add("other", 0, pin(4));
    start();
    ASSERT_TRUE(drain());
    EXPECT_EQ(inds("u_pin_table"), (std::vector<std::int64_t>{1, 2}));
    EXPECT_EQ(inds("v_pin_table"), (std::vector<std::int64_t>{3}));
    EXPECT_EQ(query("v_pin_table", "SELECT name FROM t").columns[0].text(0), "N3");
    EXPECT_EQ(job->ledger(), (Ledger{.read = 3, .written = 3}));
}

TEST_F(StreamJobTest, each_record_sent_is_a_row_also_when_it_was_sent_twice) {
    streams.make("streaming-u-pin", 1);
    streams.add("streaming-u-pin", 0, pin(1));
    streams.add("streaming-u-pin", 0, pin(1));
    streams.add("streaming-u-pin", 0, fmt::format("[{},{}]", pin(2), pin(1)));
    start();
    ASSERT_TRUE(drain());
    EXPECT_EQ(inds(), (std::vector<std::int64_t>{1, 1, 1, 2}));
    EXPECT_EQ(job->ledger(), (Ledger{.read = 4, .written = 4}));
}

TEST_F(StreamJobTest, what_cannot_be_a_row_is_quarantined_with_its_reason_bytes_and_place) {
    streams.make("streaming-u-pin", 2);
    streams.add("streaming-u-pin", 1, pin(1));
    streams.add("streaming-u-pin", 1, std::string("no \xff json", 9));
    start();
    ASSERT_TRUE(drain());
    EXPECT_EQ(inds(), std::vector<std::int64_t>{1});
    Rows rows = query("u_pin_table_quarantine",
                      "SELECT reason, stream, shard, sequence_number, raw, "
                      "epoch_ms(arrival_time) FROM t");
    ASSERT_EQ(rows.count(), 1u);
    EXPECT_FALSE(rows.columns[0].text(0).empty());
    EXPECT_EQ(rows.columns[1].text(0), "streaming-u-pin");
    EXPECT_EQ(rows.columns[2].text(0), "shardId-000000000001");
    EXPECT_EQ(rows.columns[3].text(0), "49000001");
    EXPECT_EQ(rows.columns[4].text(0), std::string("no \xff json", 9));
    EXPECT_EQ(rows.columns[5].integers[0], 1'700'000'000'000);
    EXPECT_EQ(job->ledger(), (Ledger{.read = 2, .written = 1, .quarantined = 1}));
}

TEST_F(StreamJobTest, each_file_says_which_records_are_in_it) {
    streams.make("streaming-u-pin", 2);
    for (int i = 0; i < 3; ++i) streams.add("streaming-u-pin", 1, pin(i));
    start();
    ASSERT_TRUE(drain());
    auto files = snapshot("u_pin_table")->files;
    ASSERT_EQ(files.size(), 1u);
    EXPECT_EQ(files[0].tags, (std::map<std::string, std::string>{
                                 {"batch", "1"},
                                 {"shardId-000000000001", "49000000..49000002"},
                                 {"stream", "streaming-u-pin"}}));
}

TEST_F(StreamJobTest, a_table_is_committed_to_at_once_after_a_pause_and_then_once_an_interval) {
    streams.make("streaming-u-pin", 1);
    start({.commit_interval_ms = 1'000});
    EXPECT_FALSE(pass());
    streams.add("streaming-u-pin", 0, pin(1));
    EXPECT_TRUE(pass());
    streams.add("streaming-u-pin", 0, pin(2));
    EXPECT_FALSE(pass());
    EXPECT_FALSE(later_pass(999));
    EXPECT_TRUE(later_pass(1));
    EXPECT_EQ(inds(), (std::vector<std::int64_t>{1, 2}));
    EXPECT_EQ(snapshot("u_pin_table")->files.size(), 2u);
}

TEST_F(StreamJobTest, new_streams_and_shards_are_found_while_running) {
    start();
    EXPECT_FALSE(pass());
    streams.make("streaming-u-pin", 1);
    streams.add("streaming-u-pin", 0, pin(1));
    EXPECT_TRUE(later_pass(200));
    streams.drop("streaming-u-pin");
    EXPECT_FALSE(later_pass(200));
    EXPECT_TRUE(job->tables().empty());
}

TEST_F(StreamJobTest, a_stream_created_anew_begins_anew_and_its_table_goes_on) {
    streams.make("streaming-u-pin", 1, 1'000);
    streams.add("streaming-u-pin", 0, pin(1));
    start();
    ASSERT_TRUE(drain());
    streams.make("streaming-u-pin", 1, 2'000);
    streams.add("streaming-u-pin", 0, pin(2));
    ASSERT_TRUE(drain());
    EXPECT_EQ(inds(), (std::vector<std::int64_t>{1, 2}));
}

TEST_F(StreamJobTest, a_table_that_cannot_be_written_waits_and_the_others_go_on) {
    streams.make("streaming-u-geo", 1);
    streams.make("streaming-u-pin", 1);
    streams.add("streaming-u-geo", 0, pin(1));
    streams.add("streaming-u-pin", 0, pin(2));
    start({}, {broken_kind(), pin_kind()});
    EXPECT_TRUE(pass());
    EXPECT_EQ(inds(), std::vector<std::int64_t>{2});
    ASSERT_EQ(job->tables().size(), 2u);
    EXPECT_NE(job->tables()[0].problem.find("clean/geo.sql"), std::string::npos)
        << job->tables()[0].problem;
    EXPECT_EQ(job->tables()[1].problem, "");
    EXPECT_EQ(meter.counter("pinflow_stream_failures_total", MeterKind::counter, "",
                            {{"table", "u_geo_table"}})
                  .value(),
              1);
    PipelineKind mended = broken_kind();
    mended.clean_sql = pin_kind().clean_sql;
    start({}, {mended, pin_kind()});
    ASSERT_TRUE(drain());
    EXPECT_EQ(inds("u_geo_table"), std::vector<std::int64_t>{1});
    EXPECT_EQ(job->ledger(), (Ledger{.read = 2, .written = 2}));
}

TEST_F(StreamJobTest, cleaning_that_drops_a_record_is_refused_and_loses_nothing) {
    streams.make("streaming-u-pin", 1);
    streams.add("streaming-u-pin", 0, pin(1));
    PipelineKind kind = pin_kind();
    kind.clean_sql += " WHERE ind > 5";
    start({}, {kind});
    EXPECT_FALSE(pass());
    EXPECT_NE(job->tables()[0].problem.find("clean/pin.sql: made 0 rows of 1 records"),
              std::string::npos);
    start();
    ASSERT_TRUE(drain());
    EXPECT_EQ(inds(), std::vector<std::int64_t>{1});
}

TEST_F(StreamJobTest, a_lost_work_book_is_made_good_by_the_tables_lineage) {
    streams.make("streaming-u-pin", 2);
    for (int i = 0; i < 12; ++i) streams.add("streaming-u-pin", static_cast<std::size_t>(i % 2), pin(i));
    streams.add("streaming-u-pin", 0, "no json");
    start();
    ASSERT_TRUE(drain());
    ASSERT_TRUE(run_here(book.commit({{state_key("streaming-u-pin", "u_pin_table"), std::nullopt}})));
    streams.add("streaming-u-pin", 1, pin(12));
    start();
    ASSERT_TRUE(drain());
    EXPECT_EQ(inds(), (std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
    EXPECT_EQ(query("u_pin_table_quarantine", "SELECT reason FROM t").count(), 1u);
    EXPECT_EQ(job->ledger(), (Ledger{.read = 14, .written = 13, .quarantined = 1}));
}

TEST_F(StreamJobTest, records_that_retention_took_unread_are_passed_over) {
    streams.make("streaming-u-pin", 1);
    streams.add("streaming-u-pin", 0, pin(0));
    start();
    ASSERT_TRUE(drain());
    for (int i = 1; i < 5; ++i) streams.add("streaming-u-pin", 0, pin(i));
    streams.trim("streaming-u-pin", 0, 3);
    ASSERT_TRUE(drain());
    EXPECT_EQ(inds(), (std::vector<std::int64_t>{0, 3, 4}));
}

TEST_F(StreamJobTest, topics_are_followed_where_the_settings_say_so) {
    topics.values = {pin(1), pin(2)};
    start({.source = SourceKind::topics});
    ASSERT_TRUE(drain());
    EXPECT_EQ(inds(), (std::vector<std::int64_t>{1, 2}));
    EXPECT_EQ(snapshot("u_pin_table")->files[0].tags.at("partition=0"), "0..1");
}

TEST_F(StreamJobTest, run_follows_the_streams_until_it_is_stopped) {
    streams.make("streaming-u-pin", 1);
    for (int i = 0; i < 10; ++i) streams.add("streaming-u-pin", 0, pin(i));
    start();
    Reactor reactor("stream");
    reactor.start(job->run());
    EXPECT_TRUE(reactor.run(job->drain()));
    reactor.run(job->stop());
    EXPECT_EQ(inds().size(), 10u);
    auto ledgers = reactor.run(job->ledgers()).value();
    ASSERT_EQ(ledgers.size(), 1u);
    EXPECT_EQ(ledgers[0].table, "u_pin_table");
    EXPECT_EQ(ledgers[0].ledger.written, 10);
}

TEST(FollowerState, is_read_as_it_was_written) {
    FollowerState state;
    state.stream = "s";
    state.table = "t";
    state.stream_created_ms = 5;
    state.batch = 7;
    state.positions = {{"a", "1"}, {"b", "\"2\""}};
    state.promised = {{"a", "1", "3", 2, "49", "50"}};
    state.ledger = {.read = 3, .written = 1, .quarantined = 2};
    std::string text = FollowerState::encode(state);
    EXPECT_EQ(FollowerState::encode(FollowerState::decode(text).value()), text);
    EXPECT_EQ(FollowerState::decode(R"({"ledger":{"read":1}})").error().code, Errc::corrupt);
}

// --- exactly once -------------------------------------------------------------------------------

class StreamDiesAt : public StreamJobTest, public testing::WithParamInterface<int> {
protected:
    void add_some(std::mt19937_64& dice) {
        for (std::uint64_t i = 0, n = dice() % 6; i < n; ++i) {
            std::size_t shard = dice() % 3;
            if (dice() % 5 == 0) {
                streams.add("streaming-u-pin", shard, fmt::format("no json {}", refused_++));
            } else {
                streams.add("streaming-u-pin", shard, pin(sent_++));
            }
        }
    }
    std::int64_t sent_ = 0;
    std::int64_t refused_ = 0;
};
INSTANTIATE_TEST_SUITE_P(every_step, StreamDiesAt, testing::Range(1, 25));

// The process dies at its n-th change of the world (work book or object store, in every step of the
// lake's commits too), for each n, before or after the effect; then twice more at random.
TEST_P(StreamDiesAt, each_record_is_in_exactly_one_row_or_refusal_and_the_ledger_says_so) {
    std::mt19937_64 dice(static_cast<std::uint64_t>(GetParam()));
    streams.make("streaming-u-pin", 3);
    streams.records_per_read = 2;
    death = {.changes_left = GetParam(), .last_takes_effect = dice() % 2 == 0};
    for (int life = 0; life < 3; ++life) {
        start();
        for (int i = 0; i < 6 && !death.is_dead; ++i) {
            add_some(dice);
            later_pass();
        }
        death = {.changes_left = 1 + static_cast<std::int64_t>(dice() % 12),
                 .last_takes_effect = dice() % 2 == 0};
    }
    death = {};
    start();
    ASSERT_TRUE(drain());
    std::vector<std::int64_t> expected(static_cast<std::size_t>(sent_));
    std::iota(expected.begin(), expected.end(), 0);
    EXPECT_EQ(inds(), expected);
    if (refused_ > 0) {
        Rows rows = query("u_pin_table_quarantine", "SELECT DISTINCT raw FROM t");
        EXPECT_EQ(static_cast<std::int64_t>(rows.count()), refused_);
        EXPECT_EQ(snapshot("u_pin_table_quarantine")->row_count(), refused_);
    }
    EXPECT_EQ(job->ledger(),
              (Ledger{.read = sent_ + refused_, .written = sent_, .quarantined = refused_}));
}

}  // namespace
}  // namespace pinflow::stream
