// SPDX-License-Identifier: Apache-2.0
// For this folder's tests only: a job over streams in memory, the real lake and engine, and a work
// book and a store that die on order.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/hash.h"
#include "base/reactor.h"
#include "codec/kafka/record_batch.h"
#include "engine/duckdb_engine.h"
#include "lake/delta_lake.h"
#include "memory/hand_clock.h"
#include "memory/memory_meter.h"
#include "memory/memory_work_book.h"
#include "memory/mortal_ports.h"
#include "posix/posix_files.h"
#include "store/folder_store.h"
#include "stream/fake_streams.h"
#include "stream/stream_job.h"

namespace pinflow::stream {

namespace fs = std::filesystem;

inline PipelineKind pin_kind() {
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

inline PipelineKind broken_kind() {
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
    Task<std::vector<Result<Appended>>> append(std::span<PartitionBatch>, IdempotencyKey) override {
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
    Task<Result<TopicInfo>> create_topic(std::string, std::int32_t) override {
        co_return TopicInfo{};
    }
    Task<Status> remove_topic(std::string) override { co_return Status{}; }
    Task<Result<TopicInfo>> describe_topic(std::string name) override {
        co_return TopicInfo{name, 1, 0, uuid};
    }
    Task<Result<std::vector<TopicInfo>>> list_topics() override {
        std::vector<TopicInfo> topics;
        if (!values.empty()) topics.push_back({"u.pin", 1, 0, uuid});
        co_return topics;
    }

    std::vector<std::string> values;  // of topic u.pin, one batch
    std::string uuid;
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
        job = StreamJob::open(streams, *log, *lake_, engine_, mortal_book_, clock, meter,
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

    std::string pin(std::int64_t ind) {
        return fmt::format(R"({{"ind":{},"name":"n{}"}})", ind, ind);
    }

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
    EventLog* log = &topics;
    memory::Death death;
    std::unique_ptr<store::FolderStore> store_ =
        store::FolderStore::open(files_, clock, folder_, "tables").value();
    memory::MortalStore mortal_store_{*store_, death};
    memory::MortalBook mortal_book_{book, death};
    engine::DuckDbEngine engine_;
    std::unique_ptr<lake::DeltaLake> lake_;
    std::unique_ptr<StreamJob> job;
};

}  // namespace pinflow::stream
