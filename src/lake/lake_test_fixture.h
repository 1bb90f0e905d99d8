// SPDX-License-Identifier: Apache-2.0
// What the lake's tests stand on: real files in a temporary folder, a clock wound by hand, and an
// object store into whose puts a test can step. The store is in memory, or below a prefix of its
// own on the real server that PINFLOW_TEST_S3 names.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/reactor.h"
#include "codec/delta/actions.h"
#include "codec/delta/names.h"
#include "engine/duckdb_engine.h"
#include "lake/delta_lake.h"
#include "memory/hand_clock.h"
#include "memory/memory_object_store.h"
#include "posix/posix_files.h"
#include "posix/system_clock.h"
#include "remote/s3/s3_test_server.h"
#include "store/folder_store.h"

namespace pinflow::lake {

// Passes everything on, but first calls `before_put` with the key of each put.
class WatchedStore final : public ObjectStore {
public:
    explicit WatchedStore(ObjectStore& inner) : inner_(inner) {}

    std::function<void(const std::string& key)> before_put = [](const std::string&) {};
    std::atomic<int> lists = 0;
    std::atomic<int> gets = 0;

    Task<Status> put(std::string key, std::string bytes, PutIf condition) override {
        before_put(key);
        return inner_.put(std::move(key), std::move(bytes), condition);
    }
    Task<Status> put_file(std::string key, std::string path, PutIf condition) override {
        before_put(key);
        return inner_.put_file(std::move(key), std::move(path), condition);
    }
    Task<Result<std::string>> get(std::string key, ByteRange range) override {
        ++gets;
        return inner_.get(std::move(key), range);
    }
    Task<Result<ObjectInfo>> head(std::string key) override { return inner_.head(std::move(key)); }
    Task<Result<std::vector<ObjectInfo>>> list(std::string prefix) override {
        ++lists;
        return inner_.list(std::move(prefix));
    }
    Task<Status> remove(std::string key) override { return inner_.remove(std::move(key)); }
    std::optional<std::string> local_path(const std::string& key) override {
        return inner_.local_path(key);
    }

private:
    ObjectStore& inner_;
};

class LakeFixture : public testing::Test {
protected:
    LakeFixture()
        : folder_(std::filesystem::temp_directory_path() / ("lake_test." + random_uuid())),
          memory_(clock_, files_),
          s3_(s3::test_server() ? s3::open_test_store(files_, system_clock_) : nullptr),
          objects_(s3_ ? static_cast<ObjectStore&>(*s3_) : memory_),
          watched_(objects_) {
        std::filesystem::create_directories(folder_);
        lake_ = open_lake(watched_, "staging");
        session_ = *engine_.open_session({.threads = 1});
    }
    ~LakeFixture() override { std::filesystem::remove_all(folder_); }

    std::unique_ptr<DeltaLake> open_lake(ObjectStore& store, const std::string& staging) {
        auto lake = DeltaLake::open(store, clock_, engine_, folder_ / staging);
        EXPECT_TRUE(lake) << lake.error().text;
        return std::move(*lake);
    }

    static Schema schema() {
        return {{"id", ColumnType::int64},       {"name", ColumnType::text},
                {"seen", ColumnType::timestamp}, {"place", ColumnType::float64_list},
                {"part", ColumnType::float64},   {"flag", ColumnType::boolean}};
    }

    // Rows first .. first + count - 1; every fifth is null but for its id.
    TableFile rows(std::int64_t first, std::int64_t count,
                   std::map<std::string, std::string> tags = {}) {
        auto file = session_->write_parquet(
            fmt::format("SELECT i AS id, CASE WHEN i % 5 <> 0 THEN 'name \"' || i END AS name, "
                        "CASE WHEN i % 5 <> 0 THEN TIMESTAMPTZ '2020-01-02 03:04:05.123456+00' "
                        "+ INTERVAL (i) SECOND END AS seen, "
                        "CASE WHEN i % 5 <> 0 THEN [i / 2, NULL] END AS place, "
                        "CASE WHEN i % 5 <> 0 THEN i / 4 END AS part, "
                        "CASE WHEN i % 5 <> 0 THEN i % 2 = 0 END AS flag "
                        "FROM range({}, {}) r(i)",
                        first, first + count),
            schema(), *lake_->staging_path());
        EXPECT_TRUE(file) << file.error().text;
        return {*file, std::move(tags)};
    }

    std::unique_ptr<Table> table(const std::string& name = "pins") { return *lake_->table(name); }
    // A table of that name and schema().
    std::unique_ptr<Table> new_table(const std::string& name = "pins") {
        auto made = table(name);
        auto ensured = run_here(made->ensure(schema()));
        EXPECT_TRUE(ensured) << ensured.error().text;
        return made;
    }

    Result<TableCommit> append(Table& to, std::vector<TableFile> files, std::int64_t number,
                               const std::string& app = "app") {
        return run_here(to.append(std::move(files), {app, number}));
    }
    TableSnapshot read(Table& from, std::optional<std::int64_t> version = {}) {
        auto snapshot = run_here(from.read(version));
        EXPECT_TRUE(snapshot) << snapshot.error().text;
        return snapshot ? *snapshot : TableSnapshot{};
    }
    // The one number that a query over the table as view `t` gives.
    std::int64_t ask(const TableSnapshot& snapshot, const std::string& sql) {
        std::vector<std::string> paths;
        for (const DataFile& file : snapshot.files) paths.push_back(file.local_path);
        auto made = session_->create_view("t", snapshot.schema, paths);
        EXPECT_TRUE(made) << made.error().text;
        auto answer = session_->query(sql);
        EXPECT_TRUE(answer) << answer.error().text;
        return answer ? answer->columns[0].integers[0] : -1;
    }

    static std::string entry(std::int64_t version) {
        return "pins/_delta_log/" + delta::commit_name(version);
    }
    void put_object(const std::string& key, const std::string& bytes) {
        auto put = run_here(objects_.put(key, bytes, PutIf::always));
        ASSERT_TRUE(put) << put.error().text;
    }
    std::string object(const std::string& key) {
        auto bytes = run_here(objects_.get(key, {}));
        EXPECT_TRUE(bytes) << bytes.error().text;
        return bytes ? *bytes : "";
    }
    std::vector<std::string> keys(const std::string& prefix) {
        std::vector<std::string> found;
        for (const ObjectInfo& info : *run_here(objects_.list(prefix))) found.push_back(info.key);
        return found;
    }

    std::filesystem::path folder_;
    posix::PosixFiles files_;
    memory::HandClock clock_;
    posix::SystemClock system_clock_;
    memory::MemoryObjectStore memory_;
    std::shared_ptr<s3::S3Store> s3_;
    ObjectStore& objects_;
    WatchedStore watched_;
    engine::DuckDbEngine engine_;
    std::unique_ptr<DeltaLake> lake_;
    std::unique_ptr<SqlSession> session_;
};

}  // namespace pinflow::lake
