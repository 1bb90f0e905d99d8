// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/hash.h"
#include "contract/source_db_contract.h"
#include "source/column_types.h"
#include "source/float_text.h"
#include "source/sqlite_source.h"

namespace pinflow::source {
namespace {

using Kind = SourceColumn::Kind;

const SourceTable kPosts{"posts",
                         {{"index", Kind::integer},
                          {"title", Kind::text},
                          {"posted", Kind::datetime},
                          {"latitude", Kind::single_float},
                          {"score", Kind::real},
                          {"group", Kind::text}}};

void fill_post(std::int64_t index, std::vector<SourceValue>& values) {
    values[0] = index;
    values[1] = "post " + std::to_string(index);
    values[2] = DateTimeText{"2020-08-28 03:52:47"};
    values[3] = FloatText{"-89.9787"};
    values[4] = 0.1 + static_cast<double>(index);
    values[5] = index % 2 == 0 ? SourceValue{"even"} : SourceValue{};
}

std::vector<TableLoad> posts(
    std::int64_t rows,
    std::function<void(std::int64_t, std::vector<SourceValue>&)> make = fill_post) {
    return {{kPosts, rows, std::move(make)}};
}

class SourceTest : public testing::Test {
protected:
    void SetUp() override { std::filesystem::create_directories(folder); }
    void TearDown() override { std::filesystem::remove_all(folder); }

    std::unique_ptr<SqliteSource> made(std::int64_t rows) {
        auto source = *SqliteSource::open(path, Mode::create);
        EXPECT_TRUE(source->load(posts(rows), Existing::replace));
        return source;
    }
    void run_sql(const std::string& sql) {
        ASSERT_TRUE(sqlite::Database::open(path)->execute(sql));
    }

    std::string folder = std::filesystem::temp_directory_path() / ("source_test." + random_uuid());
    std::string path = folder + "/source.sqlite";
};

TEST_F(SourceTest, a_file_is_replaced_whole_or_not_at_all) {
    made(5);
    auto reader = *SqliteSource::open(path, Mode::read);
    auto refused = SqliteSource::replace_file(path, [](SqliteSource& source) -> Status {
        TRY_STATUS(source.load(posts(2), Existing::replace));
        return fail(Errc::cancelled, "enough");
    });
    EXPECT_EQ(refused.error().code, Errc::cancelled);
    EXPECT_EQ(*reader->count("posts"), 5);
    ASSERT_TRUE(SqliteSource::replace_file(
        path, [](SqliteSource& source) { return source.load(posts(2), Existing::replace); }));
    EXPECT_EQ(*reader->count("posts"), 5) << "the old file stays readable";
    EXPECT_EQ(*(*SqliteSource::open(path, Mode::read))->count("posts"), 2);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1)
        << "nothing left over";
}

TEST_F(SourceTest, the_leavings_of_a_build_cut_short_do_not_hinder_the_next) {
    std::ofstream(path + ".building") << "torn";
    std::ofstream(path + ".building-journal") << "torn";
    EXPECT_TRUE(SqliteSource::replace_file(
        path, [](SqliteSource& source) { return source.load(posts(2), Existing::replace); }));
}

TEST_F(SourceTest, an_absent_file_or_table_says_how_to_make_one) {
    auto absent = SqliteSource::open(path, Mode::read);
    ASSERT_FALSE(absent);
    EXPECT_EQ(absent.error().code, Errc::not_found);
    EXPECT_NE(absent.error().text.find("pinflow seed"), std::string::npos) << absent.error().text;
    auto source = made(1);
    auto row = source->row("pots", 0);
    EXPECT_EQ(row.error().code, Errc::not_found);
    EXPECT_NE(row.error().text.find("posts"), std::string::npos) << row.error().text;
    EXPECT_EQ(source->count("pots").error().code, Errc::not_found);
}

TEST_F(SourceTest, a_file_that_is_no_database_is_refused_at_opening) {
    std::ofstream(path) << std::string(4096, 'x');
    EXPECT_EQ(SqliteSource::open(path, Mode::read).error().code, Errc::corrupt);
}

TEST_F(SourceTest, readers_may_not_load) {
    made(1);
    auto source = *SqliteSource::open(path, Mode::read);
    EXPECT_EQ(source->load(posts(1), Existing::replace).error().code, Errc::permission);
    EXPECT_TRUE(source->row("posts", 0));
}

TEST_F(SourceTest, a_reader_that_has_read_does_not_hinder_a_writer) {
    auto writer = made(2);
    auto reader = *SqliteSource::open(path, Mode::read);
    EXPECT_TRUE(reader->row("posts", 0));
    EXPECT_TRUE(writer->load(posts(4), Existing::replace));
    EXPECT_EQ(*reader->count("posts"), 4);
}

contract::SourceDbUnderTest make_sqlite() {
    auto folder = std::shared_ptr<std::string>(
        new std::string(std::filesystem::temp_directory_path() / ("source_test." + random_uuid())),
        [](std::string* path) {
            std::filesystem::remove_all(*path);
            delete path;
        });
    std::filesystem::create_directories(*folder);
    std::string path = *folder + "/source.sqlite";
    return {.source = *SqliteSource::open(path, Mode::create),
            .run_sql =
                [path](const std::string& sql) {
                    ASSERT_TRUE(sqlite::Database::open(path)->execute(sql));
                },
            .reopen = [path] { return *SqliteSource::open(path, Mode::read); },
            .owner = folder};
}

using contract::SourceDbContract;
INSTANTIATE_TEST_SUITE_P(Sqlite, SourceDbContract, testing::Values(make_sqlite));

TEST(FloatText, prints_as_mysql_does) {
    EXPECT_EQ(float_text(-89.97871398925781).text, "-89.9787");
    EXPECT_EQ(float_text(1.15509).text, "1.15509");
    EXPECT_EQ(float_text(-0.375174).text, "-0.375174");
    EXPECT_EQ(float_text(-77.015).text, "-77.015");
    EXPECT_EQ(float_text(5.0).text, "5");
    EXPECT_EQ(float_text(0.0).text, "0");
    EXPECT_EQ(float_text(0.0000125).text, "0.0000125");
    EXPECT_EQ(float_text(1234567.0).text, "1234570");
    EXPECT_EQ(float_text(1e20).text, "1e+20");
}

TEST(ColumnTypes, what_we_declare_we_understand) {
    for (Kind kind : {Kind::integer, Kind::real, Kind::text, Kind::datetime, Kind::single_float}) {
        EXPECT_EQ(kind_of_declared(declared_as(kind)), kind);
    }
    EXPECT_EQ(kind_of_declared("varchar(50)"), Kind::text);
    EXPECT_EQ(kind_of_declared("bigint unsigned"), Kind::integer);
    EXPECT_EQ(kind_of_declared(""), Kind::text);
}

}  // namespace
}  // namespace pinflow::source
