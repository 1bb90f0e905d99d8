// SPDX-License-Identifier: Apache-2.0
// What only a real broker shows; see kafka_log_test.cpp. PINFLOW_TEST_KAFKA_SASL, _TLS and _CA name
// its other addresses and the CA; PINFLOW_TEST_KAFKA_CONTROL two pipes (.orders, .done) by which
// whoever started it is told to end it ("TERM", "KILL") and to start it again ("START").
// Long, because each test speaks to that broker by the same fixture and words.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <fstream>
#include <random>

#include "codec/kafka/record_batch.h"
#include "memory/hand_clock.h"
#include "memory/memory_files.h"
#include "memory/memory_meter.h"
#include "memory/memory_object_store.h"
#include "memory/memory_work_book.h"
#include "remote/kafka/kafka_fixture_test.h"
#include "sink/sink.h"
#include "stream/record_source.h"

namespace pinflow::kafka {
namespace {

class KafkaBroker : public KafkaTest {
protected:
    // A client of Kafka's own kind, with transactions.
    class Transactions {
    public:
        explicit Transactions(const std::string& brokers) {
            rd_kafka_conf_t* conf = rd_kafka_conf_new();
            char text[512];
            rd_kafka_conf_set(conf, "bootstrap.servers", brokers.c_str(), text, sizeof text);
            rd_kafka_conf_set(conf, "transactional.id", "test", text, sizeof text);
            rk_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
            done(rd_kafka_init_transactions(rk_, 30'000));
        }
        ~Transactions() { rd_kafka_destroy(rk_); }
        void begin() { done(rd_kafka_begin_transaction(rk_)); }
        void send(const std::string& topic, const std::string& value) {
            TopicPtr to(rd_kafka_topic_new(rk_, topic.c_str(), nullptr));
            ASSERT_EQ(
                rd_kafka_produce(to.get(), 0, RD_KAFKA_MSG_F_COPY, const_cast<char*>(value.data()),
                                 value.size(), nullptr, 0, nullptr),
                0);
            ASSERT_EQ(rd_kafka_flush(rk_, 30'000), RD_KAFKA_RESP_ERR_NO_ERROR);
        }
        void commit() { done(rd_kafka_commit_transaction(rk_, 30'000)); }
        void abort() { done(rd_kafka_abort_transaction(rk_, 30'000)); }

    private:
        static void done(rd_kafka_error_t* error) {
            ErrorPtr owned(error);
            ASSERT_FALSE(owned) << rd_kafka_error_string(owned.get());
        }
        rd_kafka_t* rk_ = nullptr;
    };

    // Offset:value of each record there is from `from` on.
    std::vector<std::string> records(const TopicPartition& partition, Offset from = 0) {
        std::vector<std::string> found;
        for (;;) {
            auto fetched = reactor.run(log->fetch(partition, from, {}));
            if (!fetched) {
                ADD_FAILURE() << fetched.error().text;
                return found;
            }
            if (fetched->batches.empty()) return found;
            for (auto& record : decode_records(fetched->batches).value())
                found.push_back(std::to_string(record.offset) + ":" + *record.value);
            from = end_of(fetched->batches).value();
        }
    }
    // Kafka answers the end of a transaction before its marker is in the partition.
    void wait_for_end(const TopicPartition& partition, Offset end) {
        wait_until([&] { return reactor.run(log->offsets(partition)).value().end == end; });
    }
    void delete_records_before(const std::string& topic, Offset offset) {
        auto handle = Handle::open(settings, test_clock, Handle::Kind::consumer, {}, {}).value();
        PartitionListPtr list(rd_kafka_topic_partition_list_new(1));
        rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), 0)->offset = offset;
        rd_kafka_DeleteRecords_t* request = rd_kafka_DeleteRecords_new(list.get());
        QueuePtr queue(rd_kafka_queue_new(handle->get()));
        rd_kafka_DeleteRecords(handle->get(), &request, 1, nullptr, queue.get());
        EventPtr event(rd_kafka_queue_poll(queue.get(), 30'000));
        ASSERT_TRUE(event);
        EXPECT_EQ(rd_kafka_event_error(event.get()), RD_KAFKA_RESP_ERR_NO_ERROR);
        rd_kafka_DeleteRecords_destroy(request);
    }
    const TopicPartition t0_{"t", 0};
};

TEST_F(KafkaBroker, transactions_leave_gaps_and_only_what_was_committed_is_read) {
    create("t");
    Transactions client(settings.bootstrap_servers);
    client.begin();
    client.send("t", "0");
    client.commit();  // offset 1
    client.begin();
    client.send("t", "never");  // offset 2
    client.abort();             // offset 3
    wait_for_end(t0_, 4);
    append("t", {"4"});
    client.begin();
    client.send("t", "5");
    client.commit();  // offset 6
    wait_for_end(t0_, 7);
    EXPECT_EQ(records(t0_), (std::vector<std::string>{"0:0", "4:4", "5:5"}));
    EXPECT_EQ(records(t0_, 1), (std::vector<std::string>{"4:4", "5:5"}));
    auto behind = reactor.run(log->fetch(t0_, 6, {})).value();
    EXPECT_EQ(end_of(behind.batches).value(), 7) << "who reads gets past the last marker";
    EXPECT_EQ(records(t0_, 7), std::vector<std::string>{});
    append("t", {"7"});
    EXPECT_EQ(records(t0_, 2), (std::vector<std::string>{"4:4", "5:5", "7:7"}));
}

TEST_F(KafkaBroker, an_open_transaction_holds_back_what_lies_behind_it) {
    create("t");
    Transactions client(settings.bootstrap_servers);
    client.begin();
    client.send("t", "0");
    append("t", {"1"});
    EXPECT_EQ(reactor.run(log->offsets(t0_))->end, 0);
    EXPECT_EQ(records(t0_), std::vector<std::string>{});
    client.commit();
    auto waited = reactor.run(log->fetch(t0_, 0, {.wait_max = std::chrono::seconds(30)})).value();
    EXPECT_EQ(decode_records(waited.batches).value().front().value, "0");
    EXPECT_EQ(records(t0_), (std::vector<std::string>{"0:0", "1:1"}));
}

// The sink's names and the stream's positions are right over gaps.
TEST_F(KafkaBroker, sink_and_stream_read_over_transactions) {
    create("u.pin");
    Transactions client(settings.bootstrap_servers);
    for (const char* value : {"0", "2"}) {
        client.begin();
        client.send("u.pin", value);
        client.commit();
    }
    wait_for_end({"u.pin", 0}, 4);
    append("u.pin", {"4"});
    client.begin();
    client.send("u.pin", "never");
    client.abort();  // offset 6
    wait_for_end({"u.pin", 0}, 7);
    memory::HandClock clock;
    memory::MemoryFiles files;
    memory::MemoryObjectStore store{clock, files};
    memory::MemoryWorkBook book;
    memory::MemoryMeter meter;
    auto sink = sink::Sink::open(*log, store, book, clock, meter, {.flush_size = 2}).value();
    auto flushed = reactor.run(sink->flush_all());
    ASSERT_TRUE(flushed) << flushed.error().text;
    std::vector<std::string> keys;
    for (auto& info : run_here(store.list("topics")).value()) keys.push_back(info.key);
    const std::string prefix = "topics/u.pin/partition=0/u.pin+0+000000000";
    EXPECT_EQ(keys, (std::vector{prefix + "0.json", prefix + "4.json"}));
    EXPECT_EQ(run_here(store.get(keys[0], {})).value(), "0\n2\n");
    EXPECT_FALSE(*reactor.run(sink->pass()));
    EXPECT_EQ(sink->waiting_reason(), "nothing waits");

    auto source = stream::read_topics(*log);
    auto read = reactor.run(source->read("u.pin", "partition=0", {"1"}, 100, 1 << 20)).value();
    ASSERT_EQ(read.records.size(), 2u);
    EXPECT_EQ(read.records[0].sequence_number, "2");
    EXPECT_EQ(read.records[1].sequence_number, "4");
    auto rest = reactor.run(source->read("u.pin", "partition=0", read.next, 100, 1 << 20)).value();
    EXPECT_TRUE(rest.records.empty());
    EXPECT_EQ(rest.next.token, "7");
}

// Others remove it and make it anew, longer than before: nothing that was known of the old one, or
// read ahead in it, is given for the new.
TEST_F(KafkaBroker, a_topic_that_others_made_anew_is_another) {
    auto others = open();
    create("u.pin");
    append("u.pin", {"0", "1"});
    EXPECT_EQ(records({"u.pin", 0}), (std::vector<std::string>{"0:0", "1:1"}));
    memory::HandClock clock;
    memory::MemoryFiles files;
    memory::MemoryObjectStore store{clock, files};
    memory::MemoryWorkBook book;
    memory::MemoryMeter meter;
    auto sink = sink::Sink::open(*log, store, book, clock, meter, {.flush_size = 2}).value();
    ASSERT_TRUE(reactor.run(sink->flush_all()));
    const TopicInfo old = reactor.run(log->describe_topic("u.pin")).value();

    ASSERT_TRUE(reactor.run(others->remove_topic("u.pin")));
    ASSERT_TRUE(reactor.run(others->create_topic("u.pin", 1)));
    std::swap(log, others);
    append("u.pin", {"10", "11", "12", "13"});
    std::swap(log, others);
    TopicInfo anew;
    wait_until([&] {
        anew = reactor.run(log->list_topics()).value().at(0);
        return anew.uuid != old.uuid;
    });
    EXPECT_FALSE(may_be_same(old.life(), anew.life())) << old.uuid << " " << anew.uuid;
    auto source = stream::read_topics(*log);
    EXPECT_EQ(reactor.run(source->describe("u.pin")).value().life.id, anew.uuid);
    EXPECT_EQ(records({"u.pin", 0}), (std::vector<std::string>{"0:10", "1:11", "2:12", "3:13"}));
    EXPECT_EQ(records({"u.pin", 0}, 2), (std::vector<std::string>{"2:12", "3:13"}));
    EXPECT_EQ(append("u.pin", {"14", "15"}), 4);
    clock.advance_ms(10'000);
    auto flushed = reactor.run(sink->flush_all());
    ASSERT_TRUE(flushed) << flushed.error().text;
    std::map<std::string, std::string> objects;
    for (auto& info : run_here(store.list("topics")).value()) {
        objects[info.key] = run_here(store.get(info.key, {})).value();
    }
    const std::string prefix = "topics/u.pin/partition=0/u.pin+0+000000000";
    const std::string id = anew.uuid.substr(anew.uuid.rfind('/') + 1);
    EXPECT_EQ(objects,
              (std::map<std::string, std::string>{{prefix + "0.json", "0\n1\n"},
                                                  {prefix + "0.g" + id + ".json", "10\n11\n"},
                                                  {prefix + "2.json", "12\n13\n"},
                                                  {prefix + "4.json", "14\n15\n"}}));
}

TEST_F(KafkaBroker, records_that_retention_took_are_said_to_be_gone) {
    create("t");
    for (int i = 0; i < 10; ++i) append("t", {std::to_string(i)});
    auto first = reactor.run(log->fetch(t0_, 0, {.bytes_max = 1})).value();
    EXPECT_EQ(end_of(first.batches).value(), 1);
    delete_records_before("t", 6);
    EXPECT_EQ(reactor.run(log->fetch(t0_, -1, {})).error().code, Errc::invalid_argument);
    wait_until([&] { return reactor.run(log->offsets(t0_))->first == 6; });
    // What this reader has fetched already may still be given; nobody else is.
    log = open();
    auto gone = reactor.run(log->fetch(t0_, 5, {}));
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().code, Errc::invalid_argument) << gone.error().text;
    EXPECT_NE(gone.error().text.find("6 to 10"), std::string::npos) << gone.error().text;
    EXPECT_EQ(records(t0_, 6).size(), 4u);
    delete_records_before("t", 10);
    EXPECT_EQ(records(t0_, 10), std::vector<std::string>{});
    EXPECT_EQ(append("t", {"10"}), 10);
    EXPECT_EQ(records(t0_, 10), (std::vector<std::string>{"10:10"}));
}

// The log start passes a reader that waits for its next fetch: an error, and no silent jump.
TEST_F(KafkaBroker, a_reader_that_retention_passes_is_told_so) {
    create("t");
    std::mt19937_64 dice(1);
    for (int i = 0; i < 20; ++i) {  // that no compression makes small
        std::string large;
        while (large.size() < 300'000) large += static_cast<char>(dice());
        append("t", {large});
    }
    Offset next = 0;
    auto read = [&] {
        auto fetched = reactor.run(log->fetch(t0_, next, {.bytes_max = 1}));
        if (!fetched) return fetched.error().code;
        Offset end = end_of(fetched->batches).value();
        EXPECT_EQ(end, next + 1);
        next = end;
        return Errc::internal;
    };
    EXPECT_EQ(read(), Errc::internal);
    delete_records_before("t", 19);
    while (next < 19) {
        if (Errc code = read(); code != Errc::internal) {
            EXPECT_EQ(code, Errc::invalid_argument);
            return;
        }
    }
    FAIL() << "6 MB were read ahead: more than the bound";
}

TEST_F(KafkaBroker, readers_far_apart_do_not_disturb_each_other) {
    create("t");
    constexpr int kRecords = 500;
    for (int i = 0; i < kRecords; ++i) append("t", {std::to_string(i) + std::string(10'000, '.')});
    std::array<Offset, 4> next = {0, 100, 250, 400};
    std::array<int, 4> seen = {};
    for (bool has_more = true; has_more;) {
        has_more = false;
        for (std::size_t reader = 0; reader < next.size(); ++reader) {
            auto fetched = reactor.run(log->fetch(t0_, next[reader], {.bytes_max = 50'000}));
            ASSERT_TRUE(fetched) << fetched.error().text;
            if (fetched->batches.empty()) continue;
            for (auto& record : decode_records(fetched->batches).value()) {
                EXPECT_EQ(record.offset, next[reader]++);
                EXPECT_EQ(record.value->substr(0, record.value->find('.')),
                          std::to_string(record.offset));
                ++seen[reader];
            }
            has_more = true;
        }
    }
    EXPECT_EQ(seen, (std::array{500, 400, 250, 100}));
}

// --- accounts and TLS ---------------------------------------------------------------------------

class KafkaAccounts : public KafkaBroker {
protected:
    void SetUp() override {
        KafkaBroker::SetUp();
        if (!IsSkipped() && !variable("PINFLOW_TEST_KAFKA_SASL")) {
            GTEST_SKIP() << "PINFLOW_TEST_KAFKA_SASL names no brokers";
        }
        settings.request_timeout_ms = 5'000;
    }
    Result<KafkaLog::Checked> check() { return open()->check(); }
    // A refusal, within its time, that names the setting and keeps the secret.
    void expect_refused(Errc code, const std::string& setting) {
        auto begin = std::chrono::steady_clock::now();
        auto refused = check();
        EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(8));
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, code) << refused.error().text;
        EXPECT_NE(refused.error().text.find(setting), std::string::npos) << refused.error().text;
        EXPECT_NE(refused.error().text.find(settings.bootstrap_servers), std::string::npos)
            << refused.error().text;
        EXPECT_EQ(refused.error().text.find("canary"), std::string::npos) << refused.error().text;
    }
};

TEST_F(KafkaAccounts, scram_and_plain_sign_in_and_wrong_passwords_are_told) {
    settings.bootstrap_servers = *variable("PINFLOW_TEST_KAFKA_SASL");
    settings.security = Security::sasl_plaintext;
    settings.user = "ana";
    for (Mechanism mechanism :
         {Mechanism::plain, Mechanism::scram_sha_256, Mechanism::scram_sha_512}) {
        settings.mechanism = mechanism;
        settings.password = "anas-password";
        auto checked = check();
        EXPECT_TRUE(checked) << name_of(mechanism) << ": " << checked.error().text;
        settings.password = "canary";
        expect_refused(Errc::permission, "kafka.password_file");
    }
    settings.user = "nobody";
    expect_refused(Errc::permission, "kafka.user");
    log = open();
    auto appended = try_append("t", {"x"});
    EXPECT_EQ(appended.error().code, Errc::permission) << appended.error().text;
}

TEST_F(KafkaAccounts, a_server_is_trusted_by_its_ca_alone) {
    settings.bootstrap_servers = *variable("PINFLOW_TEST_KAFKA_TLS");
    settings.security = Security::ssl;
    settings.ca_file = *variable("PINFLOW_TEST_KAFKA_CA");
    auto checked = check();
    EXPECT_TRUE(checked) << checked.error().text;
    log = open();
    create("over-tls");
    EXPECT_EQ(append("over-tls", {"x"}), 0);
    EXPECT_EQ(records({"over-tls", 0}), std::vector<std::string>{"0:x"});
    settings.ca_file = *variable("PINFLOW_TEST_KAFKA_OTHER_CA");
    expect_refused(Errc::permission, "kafka.ca_file");
    settings.ca_file.clear();
    expect_refused(Errc::permission, "kafka.ca_file");
    settings.security = Security::plaintext;
    expect_refused(Errc::unavailable, "kafka.security_protocol");
}

TEST_F(KafkaAccounts, check_names_the_cluster_and_what_is_missing) {
    create("t");
    auto checked = log->check({"t", "u"}).value();
    EXPECT_FALSE(checked.cluster.empty());
    EXPECT_EQ(checked.topics, 1u);
    EXPECT_EQ(checked.missing_topics, std::vector<std::string>{"u"});
    settings.bootstrap_servers = "127.0.0.1:1";
    expect_refused(Errc::unavailable, "kafka.bootstrap_servers");
    settings.bootstrap_servers = "no-such-host.invalid:9092";
    expect_refused(Errc::unavailable, "kafka.bootstrap_servers");
}

// --- a broker that goes and comes back ----------------------------------------------------------

class KafkaRestarts : public KafkaBroker {
protected:
    void SetUp() override {
        KafkaBroker::SetUp();
        if (!IsSkipped() && !variable("PINFLOW_TEST_KAFKA_CONTROL")) {
            GTEST_SKIP() << "PINFLOW_TEST_KAFKA_CONTROL names no pipes";
        }
    }
    static void order(const std::string& what) {
        const std::string control = *variable("PINFLOW_TEST_KAFKA_CONTROL");
        std::ofstream(control + ".orders") << what << std::endl;
        std::string done;
        std::getline(std::ifstream(control + ".done"), done);
        ASSERT_EQ(done, what);
    }
};

TEST_F(KafkaRestarts, appends_and_fetches_say_that_it_is_away_in_their_time_and_go_on) {
    settings.delivery_timeout_ms = 2'000;
    settings.request_timeout_ms = 2'000;
    log = open();
    create("t");
    EXPECT_EQ(append("t", {"0"}), 0);
    EXPECT_EQ(records(t0_).size(), 1u);
    order("TERM");
    auto begin = std::chrono::steady_clock::now();
    auto appended = try_append("t", {"lost"});
    ASSERT_FALSE(appended);
    EXPECT_EQ(appended.error().code, Errc::unavailable) << appended.error().text;
    EXPECT_NE(appended.error().text.find("kafka.bootstrap_servers"), std::string::npos)
        << appended.error().text;
    auto fetched = reactor.run(log->fetch(t0_, 1, {}));
    ASSERT_FALSE(fetched);
    EXPECT_EQ(fetched.error().code, Errc::unavailable) << fetched.error().text;
    EXPECT_EQ(reactor.run(log->offsets(t0_)).error().code, Errc::unavailable);
    EXPECT_EQ(reactor.run(log->list_topics()).error().code, Errc::unavailable);
    EXPECT_EQ(reactor.run(log->create_topic("u", 1)).error().code, Errc::unavailable);
    EXPECT_EQ(reactor.run(log->describe_topic("unknown")).error().code, Errc::unavailable);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
    // A log opened while it is away is opened, and begins to work when it is back. Connections are
    // tried again every two seconds, which is the bound of an answer here.
    auto early = open();
    order("START");
    wait_until([&] { return bool(try_append("t", {"back"})); });
    wait_until([&] { return bool(reactor.run(log->offsets(t0_))); });
    wait_until([&] { return bool(reactor.run(log->fetch(t0_, 1, {}))); });
    EXPECT_EQ(records(t0_), (std::vector<std::string>{"0:0", "1:back"}));
    wait_until([&] { return bool(reactor.run(early->list_topics())); });
    log = early;
    wait_until([&] { return bool(reactor.run(log->fetch(t0_, 1, {}))); });
    EXPECT_EQ(records(t0_), (std::vector<std::string>{"0:0", "1:back"}));
}

// Eight append without a pause and one reads along, while the broker is stopped and killed. The
// records are of now: at its start a broker forgets a producer whose newest record is older than
// producer.id.expiration.ms, by the record's own time (Kafka's ProducerStateManager), and with it
// what it would know a repeat by.
TEST_F(KafkaRestarts, every_acknowledged_record_is_there_exactly_once_and_in_order) {
    constexpr int kProducers = 8;
    create("t");
    std::atomic<bool> is_over = false;
    std::atomic<Offset> answered_end = INT64_MAX;
    std::array<std::vector<int>, kProducers> acknowledged;
    auto produce = [&](int producer) -> Task<void> {
        for (int i = 0; !is_over; ++i) {
            std::vector<PartitionBatch> one = {
                batch_of("t", {std::to_string(producer) + ":" + std::to_string(i)}, 0,
                         posix::SystemClock().now_ms())};
            auto outcomes = co_await log->append(one, {});
            if (outcomes[0]) {
                acknowledged[static_cast<std::size_t>(producer)].push_back(i);
            } else {
                ADD_FAILURE() << outcomes[0].error().text;  // the outage is shorter than the bound
            }
        }
    };
    std::vector<std::string> read;
    std::atomic<std::size_t> read_count = 0;
    auto follow = [&]() -> Task<void> {
        for (Offset from = 0;;) {
            auto fetched =
                co_await log->fetch(t0_, from, {.wait_max = std::chrono::milliseconds(100)});
            if (!fetched) {
                EXPECT_EQ(fetched.error().code, Errc::unavailable) << fetched.error().text;
                continue;
            }
            if (fetched->batches.empty() && from >= answered_end) co_return;
            if (fetched->batches.empty()) continue;
            for (auto& record : decode_records(fetched->batches).value()) {
                EXPECT_EQ(record.offset, from++);
                read.push_back(*record.value);
            }
            read_count = read.size();
        }
    };
    {
        std::vector<std::unique_ptr<Reactor>> reactors;
        std::vector<std::future<void>> producing;
        for (int producer = 0; producer < kProducers; ++producer) {
            reactors.push_back(std::make_unique<Reactor>("producer"));
            producing.push_back(boost::asio::co_spawn(reactors.back()->context(), produce(producer),
                                                      boost::asio::use_future_t<>{}));
        }
        Reactor reading("reading");
        auto following =
            boost::asio::co_spawn(reading.context(), follow(), boost::asio::use_future_t<>{});
        for (const char* how : {"TERM", "KILL", "KILL", "TERM"}) {
            std::size_t before = read_count;
            wait_until([&] { return read_count > before + 200; });
            order(how);
            order("START");
        }
        std::size_t before = read_count;
        wait_until([&] { return read_count > before + 200; });
        is_over = true;
        for (auto& one : producing) one.get();
        answered_end = reactor.run(log->offsets(t0_)).value().end;
        following.get();
    }
    std::array<std::vector<int>, kProducers> stored;
    for (const std::string& value : read) {
        auto producer = static_cast<std::size_t>(value[0] - '0');
        stored[producer].push_back(std::stoi(value.substr(2)));
    }
    for (std::size_t i = 0; i < kProducers; ++i) {
        auto [at, there] = std::ranges::mismatch(stored[i], acknowledged[i]);
        EXPECT_EQ(stored[i], acknowledged[i])
            << stored[i].size() << " stored, differing from " << at - stored[i].begin() << " on";
    }
}

}  // namespace
}  // namespace pinflow::kafka
