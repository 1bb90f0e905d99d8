// SPDX-License-Identifier: Apache-2.0
// The sink between the real log, folder and work book, over one directory and several lives. Where
// PINFLOW_TEST_S3 names a server, its objects are there.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "base/hash.h"
#include "base/reactor.h"
#include "codec/kafka/record_batch.h"
#include "eventlog/native_log.h"
#include "memory/memory_meter.h"
#include "posix/posix_files.h"
#include "posix/system_clock.h"
#include "remote/s3/s3_test_server.h"
#include "sink/sink.h"
#include "sqlite/sqlite_work_book.h"
#include "store/folder_store.h"

namespace pinflow::sink {
namespace {

namespace fs = std::filesystem;

class SinkOnRealPorts : public testing::Test {
protected:
    ~SinkOnRealPorts() override {
        end();
        fs::remove_all(folder_);
    }

    void begin(SinkSettings settings) {
        eventlog::NativeLogSettings log_settings{.directory = folder_ / "log"};
        log_settings.free_bytes_floor = 0;
        log_settings.free_ratio_floor = 0;
        reactor = std::make_unique<Reactor>("sink");
        log = eventlog::NativeLog::open(files_, clock_, log_settings).value();
        store = open_store();
        book = sqlite::SqliteWorkBook::open(folder_ / "meta.sqlite").value();
        sink = Sink::open(log->topics(), *store, *book, clock_, meter_, settings).value();
        reactor->start(sink->run());
    }
    std::shared_ptr<ObjectStore> open_store() {
        if (s3::test_server()) return s3::open_test_store(files_, clock_, prefix_);
        return store::FolderStore::open(files_, clock_, folder_ / "objects", "bucket").value();
    }
    // Without a clean stop: run() is cut off wherever it waits.
    void end() {
        if (log) EXPECT_TRUE(log->close());
        if (book) EXPECT_TRUE(book->close());
        reactor.reset();
        sink.reset();
        book.reset();
        store.reset();
        log.reset();
    }

    void append(const std::string& topic, int count) {
        std::vector<Record> records;
        for (int i = 0; i < count; ++i) {
            records.push_back({.key = {}, .value = fmt::format(R"({{"n":{}}})", sent_++)});
        }
        PartitionBatch batch{
            {topic, 0}, kafka::build_batch(std::span<const Record>(records)), count};
        ASSERT_TRUE(reactor->run(log->topics().append({&batch, 1})).at(0));
    }

    // All lines of all objects, in the order of the objects' names.
    std::string lines() {
        std::string all;
        for (auto& object : run_here(store->list("topics/")).value()) {
            all += run_here(store->get(object.key, {})).value();
        }
        return all;
    }
    std::string expected_lines() const {
        std::string all;
        for (int i = 0; i < sent_; ++i) all += fmt::format("{{\"n\":{}}}\n", i);
        return all;
    }

    fs::path folder_ = fs::temp_directory_path() / ("sink_test." + random_uuid());
    const std::string prefix_ = "sink-" + random_uuid();
    posix::PosixFiles files_;
    posix::SystemClock clock_;
    memory::MemoryMeter meter_;
    std::unique_ptr<Reactor> reactor;
    std::unique_ptr<eventlog::NativeLog> log;
    std::shared_ptr<ObjectStore> store;
    std::unique_ptr<sqlite::SqliteWorkBook> book;
    std::unique_ptr<Sink> sink;
    int sent_ = 0;
};

TEST_F(SinkOnRealPorts, every_record_is_one_line_over_several_lives) {
    begin({.flush_size = 7, .rotate_schedule_interval_ms = 20});
    ASSERT_TRUE(reactor->run(log->topics().create_topic("u.pin", 1)));
    for (int life = 0; life < 4; ++life) {
        for (int i = 0; i < 10; ++i) append("u.pin", 1 + i);
        end();
        begin({.flush_size = 7 + life, .rotate_schedule_interval_ms = 20});
    }
    ASSERT_TRUE(reactor->run(sink->flush_all()));
    EXPECT_EQ(lines(), expected_lines());
    ASSERT_TRUE(reactor->run(sink->stop(true)));
    EXPECT_EQ(sink->waiting_reason(), "nothing waits");
}

TEST_F(SinkOnRealPorts, a_record_is_in_an_object_without_anybody_asking) {
    begin({.flush_size = 1});
    ASSERT_TRUE(reactor->run(log->topics().create_topic("u.pin", 1)));
    append("u.pin", 1);
    std::string key = "topics/u.pin/partition=0/u.pin+0+0000000000.json";
    while (!run_here(store->head(key))) std::this_thread::yield();
    EXPECT_EQ(lines(), "{\"n\":0}\n");
}

}  // namespace
}  // namespace pinflow::sink
