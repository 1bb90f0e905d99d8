// SPDX-License-Identifier: Apache-2.0
// The stream job between the real log, lake, engine and work book, over several lives.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "base/hash.h"
#include "base/reactor.h"
#include "engine/duckdb_engine.h"
#include "eventlog/native_log.h"
#include "lake/delta_lake.h"
#include "memory/memory_meter.h"
#include "posix/posix_files.h"
#include "posix/system_clock.h"
#include "sqlite/sqlite_work_book.h"
#include "store/folder_store.h"
#include "stream/stream_job.h"

namespace pinflow::stream {
namespace {

namespace fs = std::filesystem;

PipelineKind kind() {
    PipelineKind kind;
    kind.name = "pin";
    kind.topic = "{user}.pin";
    kind.stream = "streaming-{user}-pin";
    kind.stream_table = "{user}_pin_table";
    kind.shape.columns = {{"ind", ColumnType::int64}};
    kind.shape.key = "ind";
    kind.clean_sql = "SELECT ind FROM raw";
    kind.clean_file = "clean/pin.sql";
    kind.cleaned = kind.shape.columns;
    return kind;
}

class StreamOnRealPorts : public testing::Test {
protected:
    ~StreamOnRealPorts() override {
        end();
        fs::remove_all(folder_);
    }

    void begin() {
        eventlog::NativeLogSettings log_settings{.directory = folder_ / "log"};
        log_settings.free_bytes_floor = 0;
        log_settings.free_ratio_floor = 0;
        reactor = std::make_unique<Reactor>("stream");
        log = eventlog::NativeLog::open(files_, clock_, log_settings).value();
        store = store::FolderStore::open(files_, clock_, folder_, "tables").value();
        book = sqlite::SqliteWorkBook::open(folder_ / "meta.sqlite").value();
        lake = lake::DeltaLake::open(*store, clock_, engine_, folder_ / "staging").value();
        job = StreamJob::open(log->streams(), log->topics(), *lake, engine_, *book, clock_, meter_,
                              {kind()}, {.commit_interval_ms = 5})
                  .value();
        reactor->start(job->run());
    }
    // Without a clean stop: run() is cut off wherever it waits.
    void end() {
        if (log) EXPECT_TRUE(log->close());
        if (book) EXPECT_TRUE(book->close());
        reactor.reset();
        job.reset();
        lake.reset();
        book.reset();
        store.reset();
        log.reset();
    }

    void put(int count) {
        std::vector<StreamRecord> records;
        for (int i = 0; i < count; ++i) {
            records.push_back(
                {fmt::format("key-{}", sent_), {}, fmt::format(R"({{"ind":{}}})", sent_)});
            ++sent_;
        }
        auto outcomes =
            reactor->run(log->streams().put("streaming-u-pin", std::move(records))).value();
        for (auto& outcome : outcomes) ASSERT_TRUE(outcome);
    }

    std::vector<std::int64_t> inds() {
        auto table = lake->table("u_pin_table").value();
        auto snapshot = run_here(table->read(std::nullopt)).value();
        std::vector<std::string> paths;
        for (const DataFile& file : snapshot.files) paths.push_back(file.local_path);
        auto session = engine_.open_session({.threads = 1}).value();
        EXPECT_TRUE(session->create_view("t", snapshot.schema, paths));
        return session->query("SELECT ind FROM t ORDER BY ind").value().columns[0].integers;
    }

    fs::path folder_ = fs::temp_directory_path() / ("stream_test." + random_uuid());
    posix::PosixFiles files_;
    posix::SystemClock clock_;
    memory::MemoryMeter meter_;
    engine::DuckDbEngine engine_;
    std::unique_ptr<Reactor> reactor;
    std::unique_ptr<eventlog::NativeLog> log;
    std::unique_ptr<store::FolderStore> store;
    std::unique_ptr<sqlite::SqliteWorkBook> book;
    std::unique_ptr<lake::DeltaLake> lake;
    std::unique_ptr<StreamJob> job;
    std::int64_t sent_ = 0;
};

TEST_F(StreamOnRealPorts, every_record_is_one_row_over_several_lives) {
    begin();
    ASSERT_TRUE(reactor->run(log->streams().create_stream("streaming-u-pin", 4)));
    for (int life = 0; life < 4; ++life) {
        for (int i = 0; i < 10; ++i) put(1 + i);
        end();
        begin();
    }
    ASSERT_TRUE(reactor->run(job->drain()));
    reactor->run(job->stop());
    std::vector<std::int64_t> expected;
    for (std::int64_t i = 0; i < sent_; ++i) expected.push_back(i);
    EXPECT_EQ(inds(), expected);
    EXPECT_EQ(job->ledger(), (Ledger{.read = sent_, .written = sent_}));
}

TEST_F(StreamOnRealPorts, a_record_is_in_the_table_without_anybody_asking) {
    begin();
    ASSERT_TRUE(reactor->run(log->streams().create_stream("streaming-u-pin", 1)));
    put(1);
    while (job->ledger().written == 0) std::this_thread::yield();
    EXPECT_EQ(inds(), std::vector<std::int64_t>{0});
}

}  // namespace
}  // namespace pinflow::stream
