// SPDX-License-Identifier: Apache-2.0
// What the batch's tests stand on: real files in a temporary folder, the real engine and lake, and
// the committed pipeline, read as the program reads it. Where PINFLOW_TEST_S3 names a server,
// objects and tables are there.
#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "app/pipeline_file.h"
#include "base/reactor.h"
#include "batch/ask.h"
#include "batch/batch_run.h"
#include "batch/cell_text.h"
#include "codec/json/minify.h"
#include "engine/duckdb_engine.h"
#include "lake/delta_lake.h"
#include "memory/memory_meter.h"
#include "memory/memory_object_store.h"
#include "posix/posix_files.h"
#include "posix/system_clock.h"
#include "remote/s3/s3_test_server.h"
#include "store/folder_store.h"

namespace pinflow::batch {

// The committed pipeline, whatever it is called: this folder knows no pipeline by name.
inline std::string pipeline_directory() {
    for (const auto& entry : std::filesystem::directory_iterator(PINFLOW_SOURCE_DIR "/pipelines")) {
        if (std::filesystem::exists(entry.path() / "pipeline.yaml")) return entry.path();
    }
    return {};
}

inline const Pipeline& committed_pipeline() {
    static const Pipeline pipeline = [] {
        Result<Pipeline> loaded = app::load_pipeline_directory(pipeline_directory());
        if (!loaded) ADD_FAILURE() << loaded.error().text;
        return loaded ? *loaded : Pipeline{};
    }();
    return pipeline;
}

inline std::vector<std::string> read_file_lines(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    EXPECT_TRUE(file) << path;
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
}

class BatchFixture : public testing::Test {
protected:
    BatchFixture() {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "batch_test.XXXXXX").string();
        root = mkdtemp(pattern.data());
        if (s3::test_server()) {
            tables = s3::open_test_store(files, clock);
        } else {
            tables = *store::FolderStore::open(files, clock, root, "tables");
        }
        lake = *lake::DeltaLake::open(*tables, clock, engine, root + "/staging");
    }
    ~BatchFixture() override { std::filesystem::remove_all(root); }

    BatchPorts ports() { return {objects, *lake, engine, clock, &meter}; }

    static std::string object_key(const std::string& topic, int partition, Offset first) {
        return fmt::format("topics/{0}/partition={1}/{0}+{1}+{2:010}.json", topic, partition,
                           first);
    }
    void put_object(const std::string& key, const std::string& bytes) {
        Status put = run_here(objects.put(key, bytes, PutIf::always));
        ASSERT_TRUE(put) << put.error().text;
    }
    // As the sink lays them: `lines_max` records an object, each with its line end.
    void put_lines(const std::string& topic, int partition, const std::vector<std::string>& lines,
                   std::size_t lines_max = 7) {
        for (std::size_t at = 0; at < lines.size(); at += lines_max) {
            std::string bytes;
            for (std::size_t line = at; line < std::min(at + lines_max, lines.size()); ++line) {
                bytes += lines[line] + "\n";
            }
            put_object(object_key(topic, partition, static_cast<Offset>(at)), bytes);
        }
    }

    BatchReport run(const Pipeline& pipeline = committed_pipeline()) {
        Result<BatchReport> report = run_here(run_batch(ports(), pipeline, {}));
        EXPECT_TRUE(report) << report.error().text;
        return report ? *report : BatchReport{};
    }
    Answers answers(const Pipeline& pipeline = committed_pipeline()) {
        Result<Answers> given = run_here(ask(*lake, engine, clock, pipeline, "", {}));
        EXPECT_TRUE(given) << given.error().text;
        return given ? *given : Answers{};
    }
    // A table's rows as JSON objects, sorted.
    std::vector<std::string> table_rows(const std::string& name, const Schema& schema,
                                        const std::string& columns = "*") {
        std::unique_ptr<Table> table = *lake->table(name);
        Result<TableSnapshot> snapshot = run_here(table->read(std::nullopt));
        if (!snapshot) return {snapshot.error().text};
        std::vector<std::string> paths;
        for (const DataFile& file : snapshot->files) paths.push_back(file.local_path);
        std::unique_ptr<SqlSession> session = *engine.open_session({});
        EXPECT_TRUE(session->create_view("t", schema, paths));
        Result<Rows> rows = session->query("SELECT " + columns + " FROM t");
        if (!rows) return {rows.error().text};
        return sorted_rows(*rows);
    }
    static std::vector<std::string> sorted_rows(const Rows& rows) {
        std::vector<std::string> texts;
        for (std::size_t row = 0; row < rows.count(); ++row) {
            json::JsonWriter writer(answer_style());
            write_row(writer, rows, row);
            texts.push_back(std::move(writer).take());
        }
        std::ranges::sort(texts);
        return texts;
    }

    std::string root;
    posix::PosixFiles files;
    posix::SystemClock clock;
    memory::MemoryMeter meter;
    engine::DuckDbEngine engine;
    memory::MemoryObjectStore objects_here{clock, files};  // no test waits for a disk
    std::shared_ptr<s3::S3Store> objects_there =
        s3::test_server() ? s3::open_test_store(files, clock) : nullptr;
    ObjectStore& objects =  // the sink's
        objects_there ? static_cast<ObjectStore&>(*objects_there) : objects_here;
    std::shared_ptr<ObjectStore> tables;
    std::unique_ptr<lake::DeltaLake> lake;
};

}  // namespace pinflow::batch
