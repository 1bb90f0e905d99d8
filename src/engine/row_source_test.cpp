// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "base/hash.h"
#include "engine/duckdb_engine.h"

namespace pinflow::engine {
namespace {

using testing::HasSubstr;

constexpr std::int64_t kRowsAPart = 3'000;  // more than one of the engine's vectors

// Numbers 0 ... parts * kRowsAPart - 1, as a number, a short or long text, and a list.
class NumberSource final : public RowSource {
public:
    explicit NumberSource(std::int64_t parts) : parts_(parts) {}

    const Schema& schema() const override { return schema_; }
    Result<std::unique_ptr<RowPass>> begin(std::vector<std::size_t> columns) override {
        asked = columns;
        return std::make_unique<Pass>(*this, std::move(columns));
    }

    std::vector<std::size_t> asked;
    std::int64_t fails_at = -1;  // part

private:
    class Pass final : public RowPass {
    public:
        Pass(NumberSource& source, std::vector<std::size_t> columns)
            : source_(source), columns_(std::move(columns)) {}

        Result<bool> next(Rows& rows) override {
            std::int64_t part = next_++;
            if (part == source_.fails_at) return fail(Errc::corrupt, "part 2 is torn");
            if (part >= source_.parts_) return false;
            for (std::int64_t row = part * kRowsAPart; row < (part + 1) * kRowsAPart; ++row)
                for (std::size_t at = 0; at < columns_.size(); ++at)
                    push(rows.columns[at], columns_[at], row);
            return true;
        }

    private:
        static void push(Column& column, std::size_t which, std::int64_t row) {
            if (which == 0) return column.push_integer(row);
            if (row % 5 == 0) return column.push_null();
            if (which == 1)
                return column.push_text(
                    fmt::format("{}{}", row, row % 2 == 0 ? "" : " and a long text"));
            double item = static_cast<double>(row);
            std::uint8_t valid = 1;
            column.push_list({&item, 1}, {&valid, 1});
        }

        NumberSource& source_;
        const std::vector<std::size_t> columns_;
        std::atomic<std::int64_t> next_{0};
    };

    const std::int64_t parts_;
    const Schema schema_{{"number", ColumnType::int64},
                         {"text", ColumnType::text},
                         {"items", ColumnType::float64_list}};
};

class RowSourceTest : public testing::Test {
protected:
    RowSourceTest()
        : folder(std::filesystem::temp_directory_path() / ("engine_test." + random_uuid())) {
        std::filesystem::create_directories(folder);
    }
    ~RowSourceTest() override { std::filesystem::remove_all(folder); }

    std::unique_ptr<SqlSession> open(RowSource& source, SqlSettings settings = {.threads = 2}) {
        auto session = engine.open_session(settings);
        EXPECT_TRUE(session) << session.error().text;
        EXPECT_TRUE((*session)->create_source("numbers", source));
        return std::move(*session);
    }
    static std::vector<std::int64_t> numbers(SqlSession& session, std::string_view sql) {
        auto rows = session.query(sql);
        EXPECT_TRUE(rows) << rows.error().text;
        std::vector<std::int64_t> found;
        for (const Column& column : rows ? rows->columns : std::vector<Column>{})
            found.push_back(column.integers.at(0));
        return found;
    }

    std::filesystem::path folder;
    DuckDbEngine engine;
};

TEST_F(RowSourceTest, every_row_arrives_once_from_any_number_of_threads_and_passes) {
    NumberSource source(20);
    auto session = open(source, {.threads = 4, .any_order = true});
    std::int64_t count = 20 * kRowsAPart;
    for (int pass = 0; pass < 2; ++pass) {
        EXPECT_EQ(numbers(*session,
                          "SELECT count(*), sum(number), count(DISTINCT number), count(text), "
                          "count(*) FILTER (text = number || CASE WHEN number % 2 = 0 THEN '' "
                          "ELSE ' and a long text' END), "
                          "count(*) FILTER (items = [CAST(number AS DOUBLE)]) FROM numbers"),
                  (std::vector<std::int64_t>{count, count * (count - 1) / 2, count, count / 5 * 4,
                                             count / 5 * 4, count / 5 * 4}));
    }
}

TEST_F(RowSourceTest, only_the_columns_that_a_statement_names_are_asked_for) {
    NumberSource source(1);
    auto session = open(source);
    numbers(*session, "SELECT count(text) FROM numbers");
    EXPECT_EQ(source.asked, (std::vector<std::size_t>{1}));
    EXPECT_EQ(numbers(*session, "SELECT count(*) FROM numbers"),
              (std::vector<std::int64_t>{kRowsAPart}));
    EXPECT_EQ(source.asked.size(), 1u);
}

TEST_F(RowSourceTest, the_sources_error_is_the_statements_with_its_code) {
    NumberSource source(5);
    auto session = open(source);
    source.fails_at = 2;
    auto rows = session->query("SELECT sum(number) FROM numbers");
    ASSERT_FALSE(rows);
    EXPECT_EQ(rows.error().code, Errc::corrupt);
    EXPECT_EQ(rows.error().text, "part 2 is torn");
    auto files =
        session->write_parquet_files("SELECT number FROM numbers", {{"number", ColumnType::int64}},
                                     folder / "x.parquet", 1 << 20);
    ASSERT_FALSE(files);
    EXPECT_EQ(files.error().code, Errc::corrupt);
    EXPECT_TRUE(std::filesystem::is_empty(folder)) << "half a file stays";
    source.fails_at = -1;
    EXPECT_EQ(numbers(*session, "SELECT count(*) FROM numbers")[0], 5 * kRowsAPart);
}

TEST_F(RowSourceTest, a_large_result_becomes_several_files_with_statistics_of_their_own) {
    NumberSource source(300);
    auto session = open(source, {.threads = 2, .any_order = true});
    auto files =
        session->write_parquet_files("SELECT number, md5(text) AS text FROM numbers",
                                     {{"number", ColumnType::int64}, {"text", ColumnType::text}},
                                     folder / "big.parquet", 5 << 20);
    ASSERT_TRUE(files) << files.error().text;
    EXPECT_GT(files->size(), 2u);
    std::int64_t rows = 0;
    std::vector<std::string> paths;
    for (const ParquetFile& file : *files) {
        rows += file.row_count;
        EXPECT_EQ(std::filesystem::file_size(file.path), file.bytes);
        EXPECT_EQ(std::filesystem::path(file.path).extension(), ".parquet");
        auto view = session->create_view("one", file.schema, {file.path});
        ASSERT_TRUE(view) << view.error().text;
        auto bounds = numbers(*session, "SELECT min(number), max(number), count(*) FROM one");
        EXPECT_EQ(file.stats[0].min_json, std::to_string(bounds[0]));
        EXPECT_EQ(file.stats[0].max_json, std::to_string(bounds[1]));
        EXPECT_EQ(file.row_count, bounds[2]);
    }
    EXPECT_EQ(rows, 300 * kRowsAPart);
    auto none = session->write_parquet_files("SELECT number FROM numbers WHERE false",
                                             {{"number", ColumnType::int64}},
                                             folder / "none.parquet", 5 << 20);
    ASSERT_TRUE(none);
    ASSERT_EQ(none->size(), 1u);
    EXPECT_EQ(none->at(0).row_count, 0);
}

constexpr std::uint64_t kLittleMemory = 64 << 20;
constexpr std::string_view kSortsMuch =
    "SELECT count(*) FROM (SELECT number, row_number() OVER (ORDER BY md5(text || number), "
    "number) AS place, text || repeat('x', 100) AS wide FROM numbers) WHERE place + length(wide) > "
    "0";

TEST_F(RowSourceTest, what_does_not_fit_into_memory_is_spilled_and_nothing_of_it_stays) {
    NumberSource source(300);
    auto spill = folder / "spill";
    {
        auto session = open(
            source,
            {.threads = 2, .memory_bytes_max = kLittleMemory, .spill_directory = spill.string()});
        EXPECT_EQ(numbers(*session, kSortsMuch)[0], 300 * kRowsAPart / 5 * 4);
    }
    EXPECT_TRUE(std::filesystem::is_empty(spill));
}

TEST_F(RowSourceTest, without_a_place_to_spill_the_error_says_what_to_raise) {
    NumberSource source(300);
    auto session = open(source, {.threads = 2, .memory_bytes_max = kLittleMemory});
    auto rows = session->query(kSortsMuch);
    ASSERT_FALSE(rows);
    EXPECT_EQ(rows.error().code, Errc::too_large);
    EXPECT_THAT(rows.error().text, HasSubstr("raise engine.memory"));
}

TEST_F(RowSourceTest, what_a_dead_process_spilled_goes_with_the_next_session) {
    auto spill = folder / "spill";
    // No process has this number: it is over the kernel's limit.
    auto dead = spill / "99999999-0000";
    auto strange = spill / "notes";
    std::filesystem::create_directories(dead);
    std::filesystem::create_directories(strange);
    std::ofstream(dead / "duckdb_temp_storage_DEFAULT-0.tmp") << "left";
    NumberSource source(1);
    auto session = open(source, {.threads = 1, .spill_directory = spill.string()});
    EXPECT_FALSE(std::filesystem::exists(dead));
    EXPECT_TRUE(std::filesystem::exists(strange));
}

}  // namespace
}  // namespace pinflow::engine
