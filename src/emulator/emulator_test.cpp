// SPDX-License-Identifier: Apache-2.0
// Long because every test scripts the same server and reads the same counts; split, the script would
// stand twice.
#include "emulator/emulator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <mutex>
#include <set>

#include "emulator/tally.h"
#include "memory/hand_clock.h"
#include "net/http_client_test_server.h"

namespace pinflow::emulator {
namespace {

using net::answer;
using net::DeafPort;
using net::Reply;
using net::ScriptedServer;
using net::SeenRequest;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

constexpr const char* kStored =
    R"({"offsets":[{"partition":1,"offset":7,"error_code":null,"error":null}]})";
constexpr const char* kPut = R"({"SequenceNumber":"49","ShardId":"shardId-000000000003"})";

// Two tables of a thousand rows.
class FakeSource final : public SourceDb {
public:
    Result<SourceRow> row(const std::string& table, std::int64_t offset) override {
        if ((table != "events" && table != "places") || offset >= 1'000)
            return fail(Errc::not_found, "no such row");
        ++reads;
        return SourceRow{{{"ind", offset},
                          {"of", table},
                          {"at", DateTimeText{"2020-08-28 03:52:47"}},
                          {"lat", FloatText{"-89.9787"}},
                          {"said", std::string("\"hi\" \U0001F600")}}};
    }
    Result<std::int64_t> count(const std::string&) override { return 1'000; }
    Result<std::vector<std::string>> columns(const std::string&) override {
        return std::vector<std::string>{"ind", "of", "at", "lat", "said"};
    }
    Status load(std::span<const TableLoad>, Existing) override {
        return fail(Errc::unsupported, "read only");
    }

    static inline std::atomic<int> reads = 0;
};

PostForm batch_form(std::string table = "events") {
    return {.table = table,
            .name = "u." + table,
            .road = Road::batch,
            .method = "POST",
            .path = "/topics/u." + table,
            .content_type = "application/vnd.kafka.json.v2+json",
            .before = "{\"records\": [{\"value\": ",
            .after = "}]}"};
}

PostForm stream_form(std::string table = "events") {
    return {.table = table,
            .name = "s-" + table,
            .road = Road::stream,
            .method = "PUT",
            .path = "/streams/s-" + table + "/record",
            .content_type = "application/json",
            .before = "{\"StreamName\": \"s\", \"Data\": ",
            .after = ", \"PartitionKey\": \"k\"}"};
}

Reply stored(const SeenRequest& request) {
    return answer(200, request.line().starts_with("PUT") ? kPut : kStored);
}

// Settings and ports with hand-wound time: each wait is noted and takes no time but the clock's.
struct Rig {
    explicit Rig(std::string url) {
        settings.base_url = std::move(url);
        settings.forms = {batch_form()};
        settings.pace = NoPace{};
        settings.draws = 1;
        settings.client.total_timeout = 20s;
        settings.stop_grace = 0ms;
        ports.open_source = [](const std::stop_token&) { return std::make_unique<FakeSource>(); };
        ports.walk = [this]() -> std::optional<Draw> { return Draw{next_row++, 0.5}; };
        ports.on_accepted = [this](const AcceptedPost& post) {
            std::lock_guard lock(mutex);
            accepted.push_back(post);
        };
        ports.clock = &clock;
        ports.wait = [this](std::chrono::microseconds time, std::stop_token stop) {
            std::lock_guard lock(mutex);
            waits.push_back(time);
            clock.advance_us(time.count());
            return !stop.stop_requested();
        };
    }

    Result<EmulatorOutcome> run(std::stop_token stop = {}) {
        auto emulator = Emulator::open(settings, ports);
        if (!emulator) return std::unexpected(emulator.error());
        auto outcome = (*emulator)->run(stop);
        counts = (*emulator)->progress();
        return outcome;
    }

    EmulatorSettings settings;
    EmulatorPorts ports;
    memory::HandClock clock;
    std::int64_t next_row = 3;
    EmulatorCounts counts;
    std::mutex mutex;
    std::vector<std::chrono::microseconds> waits;
    std::vector<AcceptedPost> accepted;
};

// The log's records are between accepted and accepted + in_doubt; every post has one end.
void expect_adds_up(const EmulatorCounts& counts) {
    EXPECT_EQ(counts.posts,
              counts.accepted_batch + counts.accepted_stream + counts.rejected + counts.unfinished);
}

TEST(Emulator, posts_both_roads_in_order_and_byte_for_byte) {
    ScriptedServer server(stored);
    Rig rig(server.url() + "/test/");
    rig.settings.forms = {batch_form("events"), batch_form("places"), stream_form("events"),
                          stream_form("places")};
    rig.settings.draws = 2;
    FakeSource::reads = 0;
    auto outcome = rig.run();
    ASSERT_TRUE(outcome) << outcome.error().text;
    auto seen = server.seen();
    ASSERT_EQ(seen.size(), 8u);
    EXPECT_EQ(seen[0].line(), "POST /test/topics/u.events HTTP/1.1");
    EXPECT_EQ(seen[1].line(), "POST /test/topics/u.places HTTP/1.1");
    EXPECT_EQ(seen[2].line(), "PUT /test/streams/s-events/record HTTP/1.1");
    EXPECT_THAT(seen[0].head,
                HasSubstr("\r\nContent-Type: application/vnd.kafka.json.v2+json\r\n"));
    EXPECT_EQ(
        seen[0].body,
        R"({"records": [{"value": {"ind": 3, "of": "events", "at": "2020-08-28 03:52:47", "lat": -89.9787, )"
        R"("said": "\"hi\" \ud83d\ude00"}}]})");
    EXPECT_EQ(
        seen[7].body,
        R"({"StreamName": "s", "Data": {"ind": 4, "of": "places", "at": "2020-08-28 03:52:47", "lat": -89.9787, )"
        R"("said": "\"hi\" \ud83d\ude00"}, "PartitionKey": "k"})");
    EXPECT_EQ(outcome->draws, 2);
    EXPECT_EQ(outcome->accepted_batch, 4);
    EXPECT_EQ(outcome->accepted_stream, 4);
    EXPECT_EQ(server.connection_count(), 1);
    EXPECT_EQ(FakeSource::reads, 4);  // two roads of one table share the row
    expect_adds_up(*outcome);
}

TEST(Emulator, tells_of_every_accepted_post_where_it_is) {
    ScriptedServer server(stored);
    Rig rig(server.url());
    rig.settings.forms = {batch_form(), stream_form()};
    ASSERT_TRUE(rig.run());
    ASSERT_EQ(rig.accepted.size(), 2u);
    EXPECT_EQ(rig.accepted[0].form, 0u);
    EXPECT_EQ(rig.accepted[0].row, 3);
    EXPECT_EQ(rig.accepted[0].partition, 1);
    EXPECT_EQ(rig.accepted[0].offset, 7);
    EXPECT_EQ(rig.accepted[1].form, 1u);
    EXPECT_EQ(rig.accepted[1].shard_id, "shardId-000000000003");
    EXPECT_EQ(rig.accepted[1].sequence_number, "49");
}

TEST(Emulator, counts_a_200_with_an_error_body_as_rejected_and_keeps_the_reason) {
    ScriptedServer server([](const SeenRequest& request) {
        return answer(200, request.line().starts_with("PUT")
                               ? R"({"__type":"ResourceNotFoundException","message":"no stream"})"
                               : R"({"offsets":[{"error_code":50002,"error":"kafka"}]})");
    });
    Rig rig(server.url());
    rig.settings.forms = {batch_form(), stream_form()};
    rig.settings.draws = 3;
    auto outcome = rig.run();
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->rejected, 6);
    EXPECT_EQ(
        outcome->accepted_batch + outcome->accepted_stream + outcome->in_doubt + outcome->retries,
        0);
    EXPECT_TRUE(rig.accepted.empty());
    ASSERT_EQ(outcome->reasons.size(), 2u);
    EXPECT_EQ(outcome->reasons[0].reason,
              "s-events: HTTP 200, ResourceNotFoundException: no stream");
    EXPECT_EQ(outcome->reasons[0].count, 3);
    EXPECT_EQ(outcome->reasons[1].reason, "u.events: HTTP 200, error_code 50002: kafka");
    expect_adds_up(*outcome);
}

TEST(Emulator, repeats_what_may_pass_with_the_same_body) {
    for (Reply first : {answer(500, "{}"), answer(503, "{}"), answer(429, "{}"),
                        answer(200, R"({"offsets":[{"error_code":50003}]})"),
                        answer(200, R"({"__type":"ProvisionedThroughputExceededException"})"),
                        Reply{"", Reply::Then::close}}) {
        int count = 0;
        ScriptedServer server(
            [&](const SeenRequest&) { return ++count <= 2 ? first : answer(200, kStored); });
        Rig rig(server.url());
        auto outcome = rig.run();
        ASSERT_TRUE(outcome);
        EXPECT_EQ(outcome->accepted_batch, 1) << first.bytes;
        EXPECT_EQ(outcome->retries, 2);
        EXPECT_EQ(outcome->draws, 1);
        auto seen = server.seen();
        ASSERT_EQ(seen.size(), 3u);
        EXPECT_EQ(seen[1].body, seen[0].body);
        EXPECT_EQ(seen[2].body, seen[0].body);
        EXPECT_THAT(seen[0].body, HasSubstr("\"ind\": 3,"));
        EXPECT_EQ(rig.waits.size(), 2u);
        EXPECT_GE(rig.waits[0], 50ms);
        EXPECT_LE(rig.waits[0], 100ms);
        EXPECT_GE(rig.waits[1], 100ms);
        EXPECT_TRUE(outcome->reasons.empty());
        expect_adds_up(*outcome);
    }
}

TEST(Emulator, waits_as_long_as_the_server_asks) {
    int count = 0;
    ScriptedServer server([&](const SeenRequest&) {
        return ++count == 1 ? Reply{"HTTP/1.1 429 X\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n"}
                            : answer(200, kStored);
    });
    Rig rig(server.url());
    ASSERT_TRUE(rig.run());
    EXPECT_THAT(rig.waits, ElementsAre(3s));
}

TEST(Emulator, gives_a_post_up_after_its_attempts_and_goes_on) {
    ScriptedServer server([](const SeenRequest& request) {
        return request.body.find("\"ind\": 3,") != std::string::npos
                   ? answer(503, R"({"message":"full"})")
                   : answer(200, kStored);
    });
    Rig rig(server.url());
    rig.settings.draws = 2;
    rig.settings.retry.attempts_max = 4;
    auto outcome = rig.run();
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->rejected, 1);
    EXPECT_EQ(outcome->accepted_batch, 1);
    EXPECT_EQ(outcome->retries, 3);
    EXPECT_EQ(outcome->reasons.at(0).reason, "u.events: HTTP 503: full");
    expect_adds_up(*outcome);
}

TEST(Emulator, counts_an_unknown_outcome_as_in_doubt_and_repeats_it) {
    int count = 0;
    ScriptedServer server([&](const SeenRequest&) {
        return ++count == 2 ? Reply{"", Reply::Then::close} : answer(200, kStored);
    });
    Rig rig(server.url());
    rig.settings.draws = 3;
    auto outcome = rig.run();
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->accepted_batch, 3);
    EXPECT_EQ(outcome->in_doubt, 1);
    EXPECT_EQ(outcome->retries, 1);
    EXPECT_EQ(server.seen().size(), 4u);
}

TEST(Emulator, does_not_repeat_an_unknown_outcome_when_told_so) {
    for (Reply fault : {Reply{"", Reply::Then::close},
                        Reply{"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", Reply::Then::close},
                        answer(504, "{}")}) {
        int count = 0;
        ScriptedServer server(
            [&](const SeenRequest&) { return ++count == 2 ? fault : answer(200, kStored); });
        Rig rig(server.url());
        rig.settings.draws = 3;
        rig.settings.retry_in_doubt = false;
        auto outcome = rig.run();
        ASSERT_TRUE(outcome);
        EXPECT_EQ(outcome->accepted_batch, 2);
        EXPECT_EQ(outcome->in_doubt, 1);
        EXPECT_EQ(outcome->unfinished, 1);
        EXPECT_EQ(outcome->rejected, 0);
        EXPECT_EQ(outcome->retries, 0);
        EXPECT_EQ(server.seen().size(), 3u)
            << fault.bytes;  // each draw once, although the connection had been kept
        expect_adds_up(*outcome);
    }
}

TEST(Emulator, stops_when_nobody_listens_and_says_where_and_what_to_try) {
    DeafPort nobody;
    Rig rig(nobody.url() + "/test");
    rig.settings.draws = std::nullopt;
    rig.settings.retry.attempts_max = 5;
    auto outcome = rig.run();
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, Errc::unavailable);
    EXPECT_THAT(outcome.error().text, HasSubstr(nobody.url() + "/test/topics/u.events"));
    EXPECT_THAT(outcome.error().text, HasSubstr("base URL"));
    EXPECT_EQ(rig.waits.size(), 4u);
    EXPECT_EQ(rig.counts.in_doubt, 0);
    expect_adds_up(rig.counts);
}

TEST(Emulator, several_workers_post_each_draw_exactly_once_and_whole) {
    ScriptedServer server(stored);
    Rig rig(server.url());
    rig.settings.forms = {batch_form(), stream_form()};
    rig.settings.draws = 500;
    rig.settings.concurrency = 16;
    auto outcome = rig.run();
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->draws, 500);
    EXPECT_EQ(outcome->accepted_batch, 500);
    EXPECT_EQ(outcome->accepted_stream, 500);
    EXPECT_LE(server.connection_count(), 16);
    std::multiset<std::string> bodies;
    for (const SeenRequest& request : server.seen()) bodies.insert(request.body);
    std::set<std::string> distinct(bodies.begin(), bodies.end());
    EXPECT_EQ(bodies.size(), 1'000u);
    EXPECT_EQ(distinct.size(), 1'000u);
    std::set<std::pair<std::size_t, std::int64_t>> accepted;
    for (const AcceptedPost& post : rig.accepted) accepted.insert({post.form, post.row});
    EXPECT_EQ(accepted.size(), 1'000u);
}

TEST(Emulator, ends_with_the_walk) {
    ScriptedServer server(stored);
    Rig rig(server.url());
    rig.settings.draws = std::nullopt;
    rig.settings.concurrency = 3;
    rig.ports.walk = [&rig]() -> std::optional<Draw> {
        if (rig.next_row >= 10) return std::nullopt;
        return Draw{rig.next_row++, 0};
    };
    EXPECT_EQ(rig.run()->draws, 7);
}

TEST(Emulator, sleeps_what_the_draw_says_at_the_walks_own_pace) {
    ScriptedServer server(stored);
    Rig rig(server.url());
    rig.settings.pace = WalkPace{};
    rig.settings.draws = 3;
    auto outcome = rig.run();
    EXPECT_THAT(rig.waits, ElementsAre(500ms, 500ms, 500ms));
    EXPECT_DOUBLE_EQ(outcome->seconds, 1.5);
}

TEST(Emulator, keeps_a_rate_and_catches_up_with_no_more_than_a_second) {
    ScriptedServer server(stored);
    Rig rig(server.url());
    rig.settings.pace = RatePace{10};
    rig.settings.draws = 40;
    rig.ports.walk = [&rig]() -> std::optional<Draw> {
        if (rig.next_row == 8)
            rig.clock.advance_ms(60'000);  // the machine slept before the sixth draw
        return Draw{rig.next_row++, 0};
    };
    auto outcome = rig.run();
    ASSERT_TRUE(outcome);
    // Draws 1-5 take 0.4 s; a minute passes; then a second's worth at once (11 with the one due),
    // and 24 waits of 0.1 s.
    EXPECT_EQ(rig.waits.size(), 4u + 24u);
    EXPECT_NEAR(outcome->seconds, 0.4 + 60 + 2.4, 1e-3);
}

TEST(Emulator, a_stop_ends_a_wait_at_once) {
    ScriptedServer server(stored);
    Rig rig(server.url());
    rig.ports.wait = {};  // for real
    rig.settings.pace = WalkPace{};
    rig.settings.draws = std::nullopt;
    std::promise<void> drawn;
    rig.ports.walk = [&]() -> std::optional<Draw> {
        if (rig.next_row++ == 3) drawn.set_value();
        return Draw{1, 3'600};
    };
    std::stop_source stop;
    auto outcome = std::async(std::launch::async, [&] { return rig.run(stop.get_token()); });
    drawn.get_future().wait();
    stop.request_stop();
    ASSERT_TRUE(outcome.get());
    EXPECT_EQ(rig.counts.posts, 0);
}

TEST(Emulator, a_stop_cuts_a_post_without_an_answer_after_the_grace_and_calls_it_in_doubt) {
    ScriptedServer server([](const SeenRequest&) { return Reply{"", Reply::Then::hold}; });
    Rig rig(server.url());
    rig.settings.client.total_timeout = 600s;
    rig.settings.draws = std::nullopt;
    rig.settings.concurrency = 2;
    std::stop_source stop;
    auto outcome = std::async(std::launch::async, [&] { return rig.run(stop.get_token()); });
    server.wait_for_requests(2);
    stop.request_stop();
    auto done = outcome.get();
    ASSERT_TRUE(done);
    EXPECT_EQ(done->in_doubt, 2);
    EXPECT_EQ(done->unfinished, 2);
    EXPECT_EQ(done->draws, 0);
    expect_adds_up(*done);
}

TEST(Emulator, a_stop_lets_the_draw_under_way_be_finished) {
    std::stop_source stop;
    ScriptedServer server([&](const SeenRequest& request) {
        stop.request_stop();
        return stored(request);
    });
    Rig rig(server.url());
    rig.settings.stop_grace = 600s;
    rig.settings.forms = {batch_form(), stream_form()};
    rig.settings.draws = std::nullopt;
    auto outcome = rig.run(stop.get_token());
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->draws, 1);
    EXPECT_EQ(outcome->posts, 2);
    EXPECT_EQ(outcome->unfinished, 0);
}

TEST(Emulator, an_unknown_row_or_table_ends_the_run_with_its_name) {
    ScriptedServer server(stored);
    Rig rig(server.url());
    rig.next_row = 1'000;
    auto row = rig.run();
    ASSERT_FALSE(row);
    EXPECT_EQ(row.error().code, Errc::not_found);
    EXPECT_THAT(row.error().text, HasSubstr("row 1000 of table events"));
    Rig other(server.url());
    other.settings.forms = {batch_form("nothing")};
    EXPECT_EQ(other.run().error().code, Errc::not_found);
    EXPECT_EQ(server.connection_count(), 0);
}

TEST(Emulator, a_source_that_does_not_open_ends_the_run) {
    ScriptedServer server(stored);
    Rig rig(server.url());
    rig.settings.concurrency = 4;
    rig.ports.open_source = [](const std::stop_token&) -> Result<std::unique_ptr<SourceDb>> {
        return fail(Errc::busy, "locked");
    };
    EXPECT_EQ(rig.run().error().code, Errc::busy);
}

TEST(Emulator, refuses_settings_outside_their_range) {
    auto refused = [](auto change) {
        Rig rig("http://127.0.0.1:1");
        change(rig.settings);
        auto emulator = Emulator::open(rig.settings, rig.ports);
        return !emulator && emulator.error().code == Errc::invalid_argument;
    };
    EXPECT_FALSE(refused([](EmulatorSettings&) {}));
    EXPECT_FALSE(refused([](EmulatorSettings& s) {
        s.base_url = "https://abc.execute-api.us-east-1.amazonaws.com/prod/";
    }));
    for (const char* url : {"", "http://", "https:///", "127.0.0.1:80", "ftp://x", "http://x?a=b",
                            "http://x#f", "http://a b"}) {
        EXPECT_TRUE(refused([&](EmulatorSettings& s) { s.base_url = url; })) << url;
    }
    EXPECT_TRUE(refused([](EmulatorSettings& s) { s.forms.clear(); }));
    EXPECT_TRUE(refused([](EmulatorSettings& s) { s.forms[0].path = "topics/x"; }));
    EXPECT_TRUE(refused([](EmulatorSettings& s) { s.concurrency = 0; }));
    EXPECT_TRUE(refused([](EmulatorSettings& s) { s.concurrency = 257; }));
    EXPECT_TRUE(refused([](EmulatorSettings& s) { s.pace = RatePace{0}; }));
    EXPECT_TRUE(refused([](EmulatorSettings& s) { s.pace = RatePace{__builtin_nan("")}; }));
    EXPECT_TRUE(refused([](EmulatorSettings& s) { s.draws = -1; }));
    EXPECT_TRUE(refused([](EmulatorSettings& s) { s.retry.attempts_max = 0; }));
}

TEST(Emulator, zero_draws_post_nothing) {
    ScriptedServer server(stored);
    Rig rig(server.url());
    rig.settings.draws = 0;
    EXPECT_EQ(rig.run()->posts, 0);
    EXPECT_EQ(server.connection_count(), 0);
}

TEST(Tally, keeps_sixteen_distinct_reasons_on_one_bounded_line_each) {
    Tally tally;
    for (int i = 0; i < 40; ++i) tally.add_rejected("t", "reason " + std::to_string(i));
    tally.add_rejected("t", "reason 5");
    auto reasons = tally.reasons();
    ASSERT_EQ(reasons.size(), 17u);
    EXPECT_EQ(reasons[0].reason, "t: reason 5");
    EXPECT_EQ(reasons[0].count, 2);
    EXPECT_EQ(reasons[16].reason, "other");
    EXPECT_EQ(reasons[16].count, 24);
    Tally hostile;
    hostile.add_rejected("t", "a\r\n\x1b[31mb\xff" + std::string(5'000, 'x'));
    EXPECT_THAT(hostile.reasons()[0].reason, ::testing::StartsWith("t: a   [31mb x"));
    EXPECT_LE(hostile.reasons()[0].reason.size(), 310u);
}

}  // namespace
}  // namespace pinflow::emulator
