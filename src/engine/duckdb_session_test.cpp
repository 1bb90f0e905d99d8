// SPDX-License-Identifier: Apache-2.0
// Long because each test is a promise of one class, the session, over one fixture.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "base/hash.h"
#include "engine/duckdb_engine.h"

namespace pinflow::engine {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

class DuckDbSessionTest : public testing::Test {
protected:
    DuckDbSessionTest() : folder_(fs::temp_directory_path() / ("engine_test." + random_uuid())) {
        fs::create_directories(folder_);
    }
    ~DuckDbSessionTest() override { fs::remove_all(folder_); }

    std::string path(const std::string& name) const { return folder_ / name; }

    std::unique_ptr<SqlSession> open(SqlSettings settings = {.threads = 1}) {
        auto session = engine_.open_session(settings);
        EXPECT_TRUE(session) << session.error().text;
        return std::move(*session);
    }
    static Rows query(SqlSession& session, std::string_view sql) {
        auto rows = session.query(sql);
        EXPECT_TRUE(rows) << rows.error().text;
        return rows ? *rows : Rows{};
    }
    static ParquetFile write(SqlSession& session, std::string_view sql, const Schema& schema,
                             const std::string& to) {
        auto file = session.write_parquet(sql, schema, to);
        EXPECT_TRUE(file) << file.error().text;
        return file ? *file : ParquetFile{};
    }

    // How many rows of `raw` lie on the wrong side of a JSON bound.
    static std::int64_t outside(SqlSession& session, std::string_view column, std::string_view side,
                                std::string bound) {
        if (bound.starts_with('"')) bound = "'" + bound.substr(1, bound.size() - 2) + "'";
        if (column == "ts") bound = "TIMESTAMPTZ " + bound;
        Rows count = query(session, fmt::format("SELECT count(*) AS n FROM raw WHERE {} {} {}",
                                                column, side, bound));
        return count.columns[0].integers[0];
    }

    fs::path folder_;
    DuckDbEngine engine_;
};

Schema all_types() {
    return {{"b", ColumnType::boolean},    {"i", ColumnType::int32},
            {"l", ColumnType::int64},      {"f", ColumnType::float64},
            {"t", ColumnType::text},       {"y", ColumnType::binary},
            {"ts", ColumnType::timestamp}, {"a", ColumnType::float64_list}};
}

// Row r is null in every column when r % 7 == 6; list items are null now and then.
Rows all_type_rows(std::size_t count) {
    Rows rows(all_types());
    for (std::size_t row = 0; row < count; ++row) {
        if (row % 7 == 6) {
            for (Column& column : rows.columns) column.push_null();
            continue;
        }
        auto number = static_cast<std::int64_t>(row);
        rows.columns[0].push_integer(number % 2);
        rows.columns[1].push_integer(-number);
        rows.columns[2].push_integer(number << 40);
        rows.columns[3].push_float(static_cast<double>(row) / 8);
        rows.columns[4].push_text(std::string(row % 40, 'x') + "é");  // inlined and not
        rows.columns[5].push_text(std::string("\0\xff", 2));
        rows.columns[6].push_integer(1577934245123456 + number);
        std::vector<double> items(row % 4, 1.5);
        std::vector<std::uint8_t> valid(row % 4, 1);
        if (!valid.empty()) {
            items.back() = 0;
            valid.back() = 0;
        }
        rows.columns[7].push_list(items, valid);
    }
    return rows;
}

void expect_equal(const Rows& a, const Rows& b) {
    ASSERT_EQ(a.schema, b.schema);
    ASSERT_EQ(a.count(), b.count());
    for (std::size_t at = 0; at < a.columns.size(); ++at) {
        EXPECT_EQ(a.columns[at].valid, b.columns[at].valid) << a.schema[at].name;
        EXPECT_EQ(a.columns[at].integers, b.columns[at].integers) << a.schema[at].name;
        EXPECT_EQ(a.columns[at].floats, b.columns[at].floats) << a.schema[at].name;
        EXPECT_EQ(a.columns[at].item_valid, b.columns[at].item_valid) << a.schema[at].name;
        EXPECT_EQ(a.columns[at].arena, b.columns[at].arena) << a.schema[at].name;
        EXPECT_EQ(a.columns[at].ends, b.columns[at].ends) << a.schema[at].name;
    }
}

TEST_F(DuckDbSessionTest, every_type_and_null_comes_back_as_it_was_appended) {
    for (std::size_t count : {0U, 1U, 2047U, 2048U, 2049U, 5000U}) {
        auto session = open();
        Rows rows = all_type_rows(count);
        ASSERT_TRUE(session->create_table("raw", all_types()));
        auto appended = session->append("raw", rows);
        ASSERT_TRUE(appended) << appended.error().text;
        expect_equal(query(*session, "SELECT * FROM raw"), rows);
    }
}

TEST_F(DuckDbSessionTest, create_table_again_empties_it) {
    auto session = open();
    ASSERT_TRUE(session->create_table("raw", all_types()));
    ASSERT_TRUE(session->append("raw", all_type_rows(3)));
    ASSERT_TRUE(session->create_table("raw", all_types()));
    EXPECT_EQ(query(*session, "SELECT * FROM raw").count(), 0U);
}

TEST_F(DuckDbSessionTest, sums_and_decimals_arrive_as_numbers) {
    auto session = open();
    Rows rows = query(*session,
                      "SELECT sum(x) AS s, sum(9223372036854775807::HUGEINT) AS wide, "
                      "3::DECIMAL(9,0) AS d0, 12.345::DECIMAL(18,3) AS d3, "
                      "1.5::DECIMAL(38,2) AS d38, 200::UTINYINT AS u, 1.5::FLOAT AS f "
                      "FROM (VALUES (1), (-4)) v(x)");
    EXPECT_EQ(rows.schema[0], (Field{"s", ColumnType::int64}));
    EXPECT_EQ(rows.columns[0].integers[0], -3);
    EXPECT_EQ(rows.schema[1].type, ColumnType::float64);
    EXPECT_DOUBLE_EQ(rows.columns[1].floats[0], 18446744073709551614.0);
    EXPECT_EQ(rows.columns[2].integers[0], 3);
    EXPECT_DOUBLE_EQ(rows.columns[3].floats[0], 12.345);
    EXPECT_DOUBLE_EQ(rows.columns[4].floats[0], 1.5);
    EXPECT_EQ(rows.columns[5].integers[0], 200);
    EXPECT_DOUBLE_EQ(rows.columns[6].floats[0], 1.5);
}

TEST_F(DuckDbSessionTest, other_types_arrive_as_text_in_order_under_their_names) {
    auto session = open();
    Rows rows = query(*session,
                      "SELECT DATE '2020-01-02' AS a, {'x': 1} AS a, ['p', NULL] AS \"b c\", x "
                      "FROM (VALUES (2), (1)) v(x) ORDER BY x; -- the end");
    ASSERT_EQ(rows.count(), 2U);
    EXPECT_EQ(rows.schema[1].name, "a");
    EXPECT_EQ(rows.columns[0].text(0), "2020-01-02");
    EXPECT_EQ(rows.columns[1].text(0), "{'x': 1}");
    EXPECT_EQ(rows.schema[2].name, "b c");
    EXPECT_EQ(rows.columns[2].text(0), "[p, NULL]");
    EXPECT_EQ(rows.columns[3].integers, (std::vector<std::int64_t>{1, 2}));
}

TEST_F(DuckDbSessionTest, errors_carry_duckdbs_text_and_hint) {
    auto session = open();
    ASSERT_TRUE(session->execute("CREATE TABLE pins (category TEXT)"));
    auto rows = session->query("SELECT categori FROM pins");
    ASSERT_FALSE(rows);
    EXPECT_EQ(rows.error().code, Errc::invalid_argument);
    EXPECT_THAT(rows.error().text, HasSubstr("Candidate bindings: \"category\""));

    auto file = session->write_parquet("SELECT categori FROM pins", {{"c", ColumnType::text}},
                                       path("x.parquet"));
    ASSERT_FALSE(file);
    EXPECT_THAT(file.error().text, HasSubstr("LINE 1: SELECT categori FROM pins"));

    EXPECT_EQ(session->query("SELECT 1; SELECT 2").error().code, Errc::invalid_argument);
    EXPECT_EQ(session->query("").error().code, Errc::invalid_argument);
    EXPECT_EQ(session->query("SELEC 1").error().code, Errc::invalid_argument);
}

TEST_F(DuckDbSessionTest, the_time_zone_is_utc_and_timestamp_ltz_is_a_type) {
    auto session = open();
    Rows rows = query(*session, "SELECT TRY_CAST('2020-01-02 03:04:05' AS timestamp_ltz) AS t");
    EXPECT_EQ(rows.columns[0].integers[0], 1577934245000000);
}

TEST_F(DuckDbSessionTest, a_parquet_file_has_exactly_the_schemas_types) {
    auto session = open();
    ASSERT_TRUE(session->create_table("raw", all_types()));
    ASSERT_TRUE(session->append("raw", all_type_rows(10)));
    for (const char* condition : {"true", "false"}) {
        std::string sql = fmt::format(
            "SELECT b, i::BIGINT AS i, l::HUGEINT AS l, f::FLOAT AS f, t, y, ts::TIMESTAMP AS ts, "
            "a, 1 AS extra FROM raw WHERE {} -- comment",
            condition);
        ParquetFile file = write(*session, sql, all_types(), path("types.parquet"));
        EXPECT_EQ(file.bytes, fs::file_size(path("types.parquet")));
        Rows types =
            query(*session,
                  fmt::format(
                      "SELECT string_agg(concat_ws(' ', name, type, converted_type, logical_type), "
                      "'; ') AS t FROM parquet_schema('{}') WHERE type IS NOT NULL",
                      path("types.parquet")));
        EXPECT_EQ(
            types.columns[0].text(0),
            "b BOOLEAN; i INT32 INT_32; l INT64 INT_64; f DOUBLE; t BYTE_ARRAY UTF8; y BYTE_ARRAY; "
            "ts INT64 TIMESTAMP_MICROS TimestampType(isAdjustedToUTC=1, "
            "unit=TimeUnit(MILLIS=<null>, "
            "MICROS=MicroSeconds(), NANOS=<null>)); element DOUBLE");
    }
}

TEST_F(DuckDbSessionTest, a_file_without_rows_is_valid_and_has_no_bounds) {
    auto session = open();
    ParquetFile file = write(*session, "SELECT 1 AS i WHERE false", {{"i", ColumnType::int32}},
                             path("none.parquet"));
    EXPECT_EQ(file.row_count, 0);
    ASSERT_EQ(file.stats.size(), 1U);
    EXPECT_FALSE(file.stats[0].min_json);
    ASSERT_TRUE(session->create_view("v", file.schema, {file.path}));
    EXPECT_EQ(query(*session, "SELECT * FROM v").count(), 0U);
}

TEST_F(DuckDbSessionTest, statistics_are_bounds_in_deltas_form) {
    auto session = open();
    Schema schema{
        {"i", ColumnType::int32},  {"f", ColumnType::float64},    {"nan", ColumnType::float64},
        {"t", ColumnType::text},   {"ts", ColumnType::timestamp}, {"a", ColumnType::float64_list},
        {"y", ColumnType::binary}, {"b", ColumnType::boolean},    {"q\".x", ColumnType::int64}};
    ParquetFile file = write(*session, R"(
        SELECT x AS i, x / 2 AS f, CASE WHEN x = 2 THEN 'nan'::DOUBLE ELSE x END AS nan,
               chr(9) || '"' AS t,
               TIMESTAMPTZ '2020-01-02 03:04:05.123456' AS ts, [1.0] AS a, 'y'::BLOB AS y,
               x = 1 AS b, 7 AS "q"".x"
        FROM (VALUES (1), (NULL), (2)) v(x))",
                             schema, path("stats.parquet"));
    std::map<std::string, ColumnStats> stats;
    for (const ColumnStats& column : file.stats) stats[column.column] = column;
    EXPECT_EQ(file.row_count, 3);
    EXPECT_EQ(stats["i"].null_count, 1);
    EXPECT_EQ(stats["i"].min_json, "1");
    EXPECT_EQ(stats["i"].max_json, "2");
    EXPECT_EQ(stats["f"].max_json, "1.0");
    EXPECT_FALSE(stats["nan"].min_json || stats["nan"].max_json);
    EXPECT_EQ(stats["t"].min_json, R"("\t\"")");
    EXPECT_EQ(stats["ts"].min_json, R"("2020-01-02T03:04:05.123Z")");
    EXPECT_EQ(stats["ts"].max_json, R"("2020-01-02T03:04:05.124Z")");  // rounded up
    EXPECT_FALSE(stats.contains("a"));
    EXPECT_FALSE(stats["y"].min_json);
    EXPECT_EQ(stats["b"].min_json, "false");
    EXPECT_EQ(stats["b"].max_json, "true");
    EXPECT_EQ(stats["q\".x"].max_json, "7");
}

TEST_F(DuckDbSessionTest, a_cut_text_still_bounds_what_it_stands_for) {
    auto session = open();
    ParquetFile file = write(*session, "SELECT repeat('a', 300) || x AS t FROM range(3) v(x)",
                             {{"t", ColumnType::text}}, path("long.parquet"));
    ASSERT_TRUE(file.stats[0].min_json && file.stats[0].max_json);
    std::string least = "\"" + std::string(300, 'a') + "0";
    std::string greatest = "\"" + std::string(300, 'a') + "2";
    EXPECT_LE(file.stats[0].min_json->substr(0, 256), least);
    EXPECT_GT(*file.stats[0].max_json, greatest);
    EXPECT_LT(file.stats[0].max_json->size(), 300U);
}

// Readers skip a file when its bounds rule out what they look for. Random values of the awkward
// kinds: long and multi-byte texts, microseconds on both sides of 1970, zeros of both signs,
// infinities.
TEST_F(DuckDbSessionTest, no_row_lies_outside_the_bounds_of_its_file) {
    auto session = open();
    Schema schema{
        {"t", ColumnType::text}, {"ts", ColumnType::timestamp}, {"f", ColumnType::float64}};
    std::mt19937_64 random(20261124);
    const std::vector<std::string> pieces{"a", "zz", "é", "\u{10FFFF}", "漢", " "};
    auto text = [&] {
        std::string out;
        for (std::uint64_t left = random() % 4 == 0 ? random() % 400 : random() % 4; left > 0;
             --left)
            out += pieces[random() % pieces.size()];
        return out;
    };
    int bounded = 0;
    for (int round = 0; round < 200; ++round) {
        Rows rows(schema);
        for (std::uint64_t row = 1 + random() % 5; row > 0; --row) {
            if (random() % 8 == 0) rows.columns[0].push_null();
            else rows.columns[0].push_text(text());
            rows.columns[1].push_integer(static_cast<std::int64_t>(random() % 4'000'000'000'000) -
                                         2'000'000'000'000);
            const std::array<double, 5> numbers{0.0, -0.0, 1e300,
                                                -std::numeric_limits<double>::infinity(),
                                                static_cast<double>(random() % 1000) / 7};
            rows.columns[2].push_float(numbers[random() % numbers.size()]);
        }
        ASSERT_TRUE(session->create_table("raw", schema));
        ASSERT_TRUE(session->append("raw", rows));
        ParquetFile file = write(*session, "SELECT * FROM raw", schema, path("bounds.parquet"));
        for (const ColumnStats& stats : file.stats) {
            if (stats.min_json) {
                ++bounded;
                EXPECT_EQ(outside(*session, stats.column, "<", *stats.min_json), 0)
                    << *stats.min_json;
            }
            if (stats.max_json)
                EXPECT_EQ(outside(*session, stats.column, ">", *stats.max_json), 0)
                    << *stats.max_json;
        }
    }
    EXPECT_GT(bounded, 300);  // most files have bounds, or this shows nothing
}

TEST_F(DuckDbSessionTest, a_view_shows_utc_timestamps_and_null_for_absent_columns) {
    auto session = open();
    Schema first{{"ts", ColumnType::timestamp}, {"x", ColumnType::int32}};
    Schema second{{"x", ColumnType::int32}, {"note", ColumnType::text}};
    write(*session, "SELECT TIMESTAMPTZ '2020-12-31 23:30:00+00' AS ts, 1 AS x", first,
          path("1.parquet"));
    write(*session, "SELECT 2 AS x, 'n' AS note", second, path("2.parquet"));
    Schema shown{{"note", ColumnType::text},
                 {"ts", ColumnType::timestamp},
                 {"x", ColumnType::int32},
                 {"nowhere", ColumnType::float64_list}};
    ASSERT_TRUE(session->create_view("v", shown, {path("1.parquet"), path("2.parquet")}));
    Rows rows = query(*session, "SELECT * FROM v ORDER BY x");
    EXPECT_EQ(rows.schema, shown);
    EXPECT_TRUE(rows.columns[0].is_null(0));
    EXPECT_EQ(rows.columns[0].text(1), "n");
    EXPECT_TRUE(rows.columns[1].is_null(1));
    EXPECT_TRUE(rows.columns[3].is_null(0) && rows.columns[3].is_null(1));
    Rows types = query(*session, "SELECT typeof(ts) AS t, year(ts) AS y FROM v WHERE x = 1");
    EXPECT_EQ(types.columns[0].text(0), "TIMESTAMP");
    EXPECT_EQ(types.columns[1].integers[0], 2020);
}

TEST_F(DuckDbSessionTest, a_view_of_no_files_is_empty_and_typed) {
    auto session = open();
    ASSERT_TRUE(session->create_view("v", all_types(), {}));
    Rows rows = query(*session, "SELECT * FROM v");
    EXPECT_EQ(rows.schema, all_types());
    EXPECT_EQ(rows.count(), 0U);
}

TEST_F(DuckDbSessionTest, a_view_reads_paths_with_glob_characters_as_they_are) {
    fs::create_directories(folder_ / "a[1]'*");
    for (bool files : {true, false}) {
        std::string file = path("a[1]'*/x.parquet");
        write(*open(), "SELECT 1 AS x", {{"x", ColumnType::int32}}, file);
        auto session = open({.threads = 1, .allow_files = files});
        ASSERT_TRUE(session->create_view("v", {{"x", ColumnType::int32}}, {file}));
        EXPECT_EQ(query(*session, "SELECT x FROM v").columns[0].integers[0], 1);
    }
}

// What a user might type to get out of the views. None may succeed, none may leave a file behind.
TEST_F(DuckDbSessionTest, without_files_sql_reads_and_writes_none_but_the_views) {
    Schema schema{{"x", ColumnType::int32}};
    write(*open(), "SELECT 42 AS x", schema, path("view.parquet"));
    write(*open(), "SELECT 1 AS x", schema, path("secret.parquet"));
    std::ofstream(path("secret.csv")) << "a\n1\n";
    auto session = open({.threads = 1, .allow_files = false});
    ASSERT_TRUE(session->create_view("v", schema, {path("view.parquet")}));

    const std::vector<std::string> attempts{
        "SELECT * FROM read_parquet('{0}/secret.parquet')",
        "SELECT * FROM '{0}/secret.parquet'",
        "SELECT * FROM parquet_schema('{0}/secret.parquet')",
        "SELECT * FROM read_csv('{0}/secret.csv')",
        "SELECT * FROM read_text('{0}/secret.csv')",
        "SELECT * FROM sniff_csv('{0}/secret.csv')",
        "SELECT * FROM glob('{0}/*')",
        "SELECT * FROM query('SELECT * FROM read_text(''{0}/secret.csv'')')",
        "SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')",
        "SELECT * FROM 's3://bucket/x.parquet'",
        "COPY (SELECT 1 AS x) TO '{0}/out.csv'",
        "COPY (SELECT 1 AS x) TO '{0}/view.parquet' (FORMAT parquet)",
        "EXPLAIN ANALYZE COPY (SELECT 1 AS x) TO '{0}/view.parquet' (FORMAT parquet, "
        "USE_TMP_FILE false)",
        "ATTACH '{0}/out.db'",
        "EXPORT DATABASE '{0}/out'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "RESET lock_configuration",
        "SET allowed_paths = ['{0}/secret.parquet']",
        "CREATE SECRET s (TYPE s3)",
        "CALL enable_logging(storage = 'file', storage_path = '{0}/out')",
        "SELECT * FROM Enable_Logging(storage = 'file', storage_path = '{0}/out')",
        "CREATE TABLE t (x INT)",
        "DROP VIEW v",
        "PRAGMA enable_profiling = 'json'",
        "SELECT 1; COPY (SELECT 1 AS x) TO '{0}/out.csv'",
    };
    for (const std::string& attempt : attempts) {
        std::string sql = fmt::format(fmt::runtime(attempt), folder_.string());
        EXPECT_FALSE(session->query(sql)) << sql;
    }
    EXPECT_FALSE(session->write_parquet("SELECT 1 AS x", schema, path("out.parquet")));
    EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 3);
    EXPECT_EQ(query(*session, "SELECT * FROM v").columns[0].integers[0], 42);
    EXPECT_EQ(query(*session, "DESCRIBE v").count(), 1U);
    EXPECT_FALSE(session->create_view("w", schema, {path("secret.parquet")}));
    EXPECT_TRUE(session->create_view("w", schema, {path("view.parquet")}));
}

TEST_F(DuckDbSessionTest, without_files_a_query_larger_than_memory_still_spills) {
    auto session = open({.threads = 1,
                         .memory_bytes_max = std::uint64_t{64} << 20,
                         .spill_directory = path("spill"),
                         .allow_files = false});
    Rows rows =
        query(*session,
              "SELECT count(*) AS n FROM (SELECT md5(x::TEXT) AS h FROM range(2000000) t(x) "
              "ORDER BY h DESC OFFSET 5)");
    EXPECT_EQ(rows.columns[0].integers[0], 1999995);
}

TEST_F(DuckDbSessionTest, an_interrupt_ends_a_running_query_as_cancelled) {
    auto session = open();
    auto running = std::async(std::launch::async, [&] {
        return session->query(
            "SELECT count(*) FROM range(100000000) a, range(100000000) b "
            "WHERE a.range + b.range = 7");
    });
    // An interrupt before the query begins has no effect, hence again and again.
    while (running.wait_for(std::chrono::milliseconds{5}) != std::future_status::ready)
        session->interrupt();
    auto rows = running.get();
    ASSERT_FALSE(rows);
    EXPECT_EQ(rows.error().code, Errc::cancelled);
    EXPECT_EQ(query(*session, "SELECT 1 AS x").count(), 1U);
}

TEST_F(DuckDbSessionTest, sessions_do_not_see_each_others_tables) {
    auto one = open();
    auto other = open();
    ASSERT_TRUE(one->create_table("raw", all_types()));
    EXPECT_FALSE(other->query("SELECT * FROM raw"));
}

TEST(DuckDbEngineTest, a_missing_library_is_unavailable_and_the_places_are_named) {
    DuckDbEngine engine({"/nowhere/libduckdb.so", "libm.so.6"});
    auto session = engine.open_session({});
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().code, Errc::unavailable);
    EXPECT_THAT(session.error().text, HasSubstr("/nowhere/libduckdb.so"));
    EXPECT_THAT(session.error().text, HasSubstr("lacks duckdb_"));
    EXPECT_THAT(session.error().text, HasSubstr("./dev setup"));
}

}  // namespace
}  // namespace pinflow::engine
