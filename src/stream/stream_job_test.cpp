// SPDX-License-Identifier: Apache-2.0
#include "stream/stream_job.h"

#include "stream/follower_state.h"
#include "stream/stream_fixture.h"

namespace pinflow::stream {
namespace {

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
    EXPECT_EQ(files[0].tags,
              (std::map<std::string, std::string>{{"batch", "1"},
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

TEST_F(StreamJobTest, a_small_share_of_memory_makes_smaller_batches) {
    streams.make("streaming-u-pin", 1);
    for (int i = 0; i < 10; ++i) {
        streams.add("streaming-u-pin", 0, pin(i) + std::string(100'000, ' '));
    }
    start({.memory_bytes = 1 << 20});
    ASSERT_TRUE(drain());
    EXPECT_EQ(snapshot("u_pin_table")->files.size(), 4u);
    EXPECT_EQ(job->ledger(), (Ledger{.read = 10, .written = 10}));
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

TEST_F(StreamJobTest, a_service_that_takes_long_to_list_is_asked_seldom) {
    int asked = 0;
    streams.on_list = [&] {
        ++asked;
        clock.advance_ms(100);
    };
    start();
    for (int second = 0; second < 10; ++second) later_pass(1'000);
    EXPECT_EQ(asked, 2);
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

// Brought to a service that does not tell when a stream was made: its positions go on there.
TEST_F(StreamJobTest, a_stream_whose_time_of_creation_is_not_told_is_the_one_that_was_noted) {
    streams.make("streaming-u-pin", 1, 1'000);
    streams.add("streaming-u-pin", 0, pin(1));
    start();
    ASSERT_TRUE(drain());
    streams.make("streaming-u-pin", 1, 0);
    streams.add("streaming-u-pin", 0, pin(1));
    streams.add("streaming-u-pin", 0, pin(2));
    start();
    ASSERT_TRUE(drain());
    EXPECT_EQ(inds(), (std::vector<std::int64_t>{1, 2}));
}

// As a real Kafka has it.
TEST_F(StreamJobTest, a_topic_whose_id_is_another_begins_anew_and_its_table_goes_on) {
    topics.uuid = "cluster/Id-1";
    topics.values = {pin(1)};
    start({.source = SourceKind::topics});
    ASSERT_TRUE(drain());
    topics.uuid = "cluster/Id-2";
    topics.values = {pin(2)};
    start({.source = SourceKind::topics});
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
    EXPECT_EQ(meter
                  .counter("pinflow_stream_failures_total", MeterKind::counter, "",
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
    for (int i = 0; i < 12; ++i)
        streams.add("streaming-u-pin", static_cast<std::size_t>(i % 2), pin(i));
    streams.add("streaming-u-pin", 0, "no json");
    start();
    ASSERT_TRUE(drain());
    ASSERT_TRUE(
        run_here(book.commit({{state_key("streaming-u-pin", "u_pin_table"), std::nullopt}})));
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

// Killed before the table has the batch (at change 2) and before the note that it has (at 5);
// and retention is quicker than the restart.
TEST_F(StreamJobTest, a_promised_batch_that_retention_took_does_not_hold_up_the_rest) {
    for (std::int64_t changes : {2, 5}) {
        std::string stream = fmt::format("streaming-u{}-pin", changes);
        std::string table = fmt::format("u{}_pin_table", changes);
        streams.make(stream, 1);
        streams.add(stream, 0, pin(0));
        death.set(changes, false);
        start();
        pass();
        ASSERT_TRUE(death.is_dead());
        death.revive();
        streams.add(stream, 0, pin(1));
        streams.trim(stream, 0, 1);
        start();
        ASSERT_TRUE(drain());
        auto rows = static_cast<std::int64_t>(inds(table).size());
        EXPECT_EQ(inds(table).back(), 1);
        EXPECT_EQ(rows, changes == 2 ? 1 : 2);
        EXPECT_EQ(job->tables().back().ledger, (Ledger{.read = rows, .written = rows}));
        streams.drop(stream);
    }
}

// AWS's answers hold no records at times, and there are some all the same.
TEST_F(StreamJobTest, an_empty_answer_before_the_tip_is_gone_on_behind) {
    streams.make("streaming-u-pin", 1);
    streams.add("streaming-u-pin", 0, pin(1));
    streams.empty_answers = 3;
    start();
    ASSERT_TRUE(drain());
    EXPECT_EQ(inds(), std::vector<std::int64_t>{1});
    streams.add("streaming-u-pin", 0, pin(2));
    death.set(2, false);  // promised, and not in the table
    later_pass();
    ASSERT_TRUE(death.is_dead());
    death.revive();
    streams.empty_answers = 3;
    start();
    ASSERT_TRUE(drain());
    EXPECT_EQ(inds(), (std::vector<std::int64_t>{1, 2}));
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
    state.stream_life = {5, "cluster/id"};
    state.batch = 7;
    state.positions = {{"a", "1"}, {"b", "\"2\""}};
    state.finished = {"c", "d"};
    state.promised = {{"a", "1", "3", 2, "49", "50", true}, {"b", "2", "3", 1, "49", "49"}};
    state.ledger = {.read = 3, .written = 1, .quarantined = 2};
    std::string text = FollowerState::encode(state);
    FollowerState again = FollowerState::decode(text).value();
    EXPECT_EQ(FollowerState::encode(again), text);
    EXPECT_EQ(again.finished, state.finished);
    EXPECT_EQ(again.stream_life.id, "cluster/id");
    EXPECT_TRUE(again.promised[0].is_end);
    EXPECT_FALSE(again.promised[1].is_end);
    EXPECT_EQ(FollowerState::decode(R"({"ledger":{"read":1}})").error().code, Errc::corrupt);
}

}  // namespace
}  // namespace pinflow::stream
