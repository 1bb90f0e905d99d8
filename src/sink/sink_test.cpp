// SPDX-License-Identifier: Apache-2.0
#include "sink/sink.h"

#include "sink/sink_fixture.h"

namespace pinflow::sink {
namespace {

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

TEST_F(SinkTest, a_small_share_of_memory_closes_objects_and_passes_sooner) {
    log.make("u.pin", 1);
    const std::string record = '"' + std::string(100'000, 'x') + '"';
    log.add("u.pin", 0, std::vector<std::optional<std::string>>(10, record));
    start({.memory_bytes = 1 << 20});
    EXPECT_FALSE(pass());
    EXPECT_TRUE(later_pass(5'000));
    EXPECT_EQ(keys(), (std::vector{pin_key(0), pin_key(3)}));  // half of it in one pass
    EXPECT_FALSE(pass());
    EXPECT_TRUE(later_pass(5'000));
    EXPECT_EQ(keys(), (std::vector{pin_key(0), pin_key(3), pin_key(6), pin_key(9)}));
    EXPECT_EQ(get(pin_key(9)), record + '\n');
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
    EXPECT_EQ(keys(),
              (std::vector<std::string>{"topics/u.geo/partition=0/u.geo+0+0000000000.json",
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
    EXPECT_EQ(keys(), (std::vector<std::string>{
                          "topics-dead/u.pin/partition=0/u.pin+0+0000000002.json", pin_key(1)}));
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

// Brought to a service that does not tell when a topic was made: its progress goes on there.
TEST_F(SinkTest, a_topic_whose_time_of_creation_is_not_told_is_the_one_that_was_noted) {
    log.make("u.pin", 1, 1'000);
    log.add("u.pin", 0, {"0", "1"});
    start({.flush_size = 1});
    EXPECT_TRUE(pass());
    log.make("u.pin", 1, 0);
    log.add("u.pin", 0, {"0", "1", "2", "3"});
    start({.flush_size = 2});
    EXPECT_TRUE(pass());
    EXPECT_EQ(keys(), (std::vector{pin_key(0), pin_key(1), pin_key(2)}));
    EXPECT_EQ(get(pin_key(2)), "2\n3\n");
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

// As a real Kafka has it: no time of creation, but an id of each topic.
TEST_F(SinkTest, a_topic_whose_id_is_another_begins_anew_also_after_a_restart) {
    log.make("u.pin", 1, 0, "cluster/Id-1");
    log.add("u.pin", 0, {"\"old\"", "\"old\""});
    start({.flush_size = 1});
    pass();
    later_pass();  // settles
    log.drop("u.pin");
    log.make("u.pin", 1, 0, "cluster/Id-2");
    log.add("u.pin", 0, {"\"new\""});
    start({.flush_size = 1});
    EXPECT_TRUE(later_pass());
    EXPECT_EQ(get(pin_key(0)), "\"old\"\n");
    EXPECT_EQ(get("topics/u.pin/partition=0/u.pin+0+0000000000.gId-2.json"), "\"new\"\n");
}

TEST_F(SinkTest, a_topic_that_was_brought_to_another_cluster_is_gone_on_with) {
    log.make("u.pin", 1, 0, "cluster/Id-1");
    log.add("u.pin", 0, {"0"});
    start({.flush_size = 1});
    pass();
    later_pass();
    log.make("u.pin", 1, 0, "another/Id-2");
    log.add("u.pin", 0, {"0", "1"});
    start({.flush_size = 1});
    EXPECT_TRUE(later_pass());
    EXPECT_EQ(keys(), (std::vector{pin_key(0), pin_key(1)}));
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

// As behind transactions: a record, and the offset of its commit.
TEST_F(SinkTest, offsets_without_records_are_in_no_name_and_hold_nothing_up) {
    log.make("u.pin", 1);
    log.skip("u.pin", 0, 2);
    log.add("u.pin", 0, {"2"});
    log.skip("u.pin", 0, 1);
    log.add("u.pin", 0, {"4"});
    log.skip("u.pin", 0, 1);
    start({.flush_size = 1});
    EXPECT_TRUE(pass());
    EXPECT_EQ(keys(), (std::vector{pin_key(2), pin_key(4)}));
    EXPECT_EQ(sink->waiting_reason(), "nothing waits");
    log.skip("u.pin", 0, 3);
    pass();
    EXPECT_EQ(sink->lags().at(0).pending_records, 0);
    EXPECT_TRUE(run_here(sink->flush_all()));
    pass();
    EXPECT_EQ(sink->needs_from({"u.pin", 0}), 9);
    log.add("u.pin", 0, {"9"});
    EXPECT_TRUE(pass());
    EXPECT_EQ(keys(), (std::vector{pin_key(2), pin_key(4), pin_key(9)}));
}

// The promise was made when the gap was the end; it is kept when there is a record behind it.
TEST_F(SinkTest, a_promise_that_ends_in_a_gap_is_kept_as_it_was_made) {
    log.make("u.pin", 1);
    log.add("u.pin", 0, {"0", "1"});
    log.skip("u.pin", 0, 2);
    start({.flush_size = 1'000, .rotate_schedule_interval_ms = 5'000});
    EXPECT_FALSE(pass());
    death.set(2, false);  // promised, and not written
    later_pass(5'000);
    log.add("u.pin", 0, {"4"});
    revive();
    start({.flush_size = 1});
    EXPECT_TRUE(pass());
    EXPECT_EQ(keys(), (std::vector{pin_key(0), pin_key(4)}));
    EXPECT_EQ(get(pin_key(0)), "0\n1\n");
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

}  // namespace
}  // namespace pinflow::sink
