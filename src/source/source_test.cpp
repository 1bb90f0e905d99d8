// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/hash.h"
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

class SourceTest : public testing::Test {
protected:
    void SetUp() override { std::filesystem::create_directories(folder); }
    void TearDown() override { std::filesystem::remove_all(folder); }

    std::unique_ptr<SqliteSource> made(std::int64_t rows) {
        auto source = *SqliteSource::open(path, Mode::create);
        EXPECT_TRUE(source->load(kPosts, rows, fill_post));
        return source;
    }
    void run_sql(const std::string& sql) { ASSERT_TRUE(sqlite::Database::open(path)->execute(sql)); }

    std::string folder = std::filesystem::temp_directory_path() / ("source_test." + random_uuid());
    std::string path = folder + "/source.sqlite";
};

TEST_F(SourceTest, values_come_back_as_the_kinds_they_were_loaded_as) {
    made(3);
    auto source = *SqliteSource::open(path, Mode::read);
    auto row = source->row("posts", 1);
    ASSERT_TRUE(row) << row.error().text;
    std::vector<SourceValue> expected(6);
    fill_post(1, expected);
    ASSERT_EQ(row->values.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_EQ(row->values[i].first, kPosts.columns[i].name);
        EXPECT_EQ(row->values[i].second, expected[i]) << kPosts.columns[i].name;
    }
}

TEST_F(SourceTest, an_offset_past_the_end_is_not_found) {
    auto source = made(3);
    EXPECT_TRUE(source->row("posts", 2));
    EXPECT_EQ(source->row("posts", 3).error().code, Errc::not_found);
    EXPECT_EQ(source->row("posts", -1).error().code, Errc::not_found);
    EXPECT_EQ(*source->count("posts"), 3);
}

TEST_F(SourceTest, offsets_count_rows_in_key_order_when_keys_have_gaps) {
    made(10);
    run_sql("DELETE FROM posts WHERE \"index\" IN (0, 4); INSERT INTO posts(\"index\") VALUES (-7)");
    auto source = *SqliteSource::open(path, Mode::read);
    const std::int64_t keys[] = {-7, 1, 2, 3, 5, 6, 7, 8, 9};
    for (std::int64_t offset = 0; offset < 9; ++offset) {
        EXPECT_EQ(source->row("posts", offset)->values[0].second, SourceValue{keys[offset]});
    }
    EXPECT_EQ(source->row("posts", 9).error().code, Errc::not_found);
}

TEST_F(SourceTest, a_table_without_a_key_may_repeat_its_first_column) {
    run_sql("CREATE TABLE loose (n bigint, v varchar(5)); INSERT INTO loose VALUES (2,'c'),(0,'a'),(0,'b')");
    auto source = *SqliteSource::open(path, Mode::read);
    EXPECT_EQ(source->row("loose", 2)->values[1].second, SourceValue{"c"});
    EXPECT_EQ(source->row("loose", 1)->values[0].second, SourceValue{std::int64_t{0}});
}

TEST_F(SourceTest, an_empty_table_has_no_rows) {
    auto source = made(0);
    EXPECT_EQ(*source->count("posts"), 0);
    EXPECT_EQ(source->row("posts", 0).error().code, Errc::not_found);
}

TEST_F(SourceTest, a_second_load_replaces_the_first) {
    auto source = made(5);
    EXPECT_TRUE(source->row("posts", 4));
    ASSERT_TRUE(source->load(kPosts, 2, fill_post));
    EXPECT_EQ(*source->count("posts"), 2);
    EXPECT_EQ(source->row("posts", 4).error().code, Errc::not_found);
}

TEST_F(SourceTest, a_load_that_fails_leaves_what_was_there) {
    auto source = made(5);
    auto repeated = [](std::int64_t index, std::vector<SourceValue>& values) { fill_post(index % 3, values); };
    auto refused = source->load(kPosts, 9, repeated);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::conflict);
    EXPECT_NE(refused.error().text.find("posts"), std::string::npos);
    EXPECT_EQ(*source->count("posts"), 5);
    EXPECT_TRUE(source->row("posts", 4));
}

TEST_F(SourceTest, a_file_is_replaced_whole_or_not_at_all) {
    made(5);
    auto reader = *SqliteSource::open(path, Mode::read);
    auto refused = SqliteSource::replace_file(path, [](SqliteSource& source) -> Status {
        TRY_STATUS(source.load(kPosts, 2, fill_post));
        return fail(Errc::cancelled, "enough");
    });
    EXPECT_EQ(refused.error().code, Errc::cancelled);
    EXPECT_EQ(*reader->count("posts"), 5);
    ASSERT_TRUE(SqliteSource::replace_file(
        path, [](SqliteSource& source) { return source.load(kPosts, 2, fill_post); }));
    EXPECT_EQ(*reader->count("posts"), 5) << "the old file stays readable";
    EXPECT_EQ(*(*SqliteSource::open(path, Mode::read))->count("posts"), 2);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1) << "nothing left over";
}

TEST_F(SourceTest, the_leavings_of_a_build_cut_short_do_not_hinder_the_next) {
    std::ofstream(path + ".building") << "torn";
    std::ofstream(path + ".building-journal") << "torn";
    EXPECT_TRUE(SqliteSource::replace_file(
        path, [](SqliteSource& source) { return source.load(kPosts, 2, fill_post); }));
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
    EXPECT_EQ(source->load(kPosts, 1, fill_post).error().code, Errc::permission);
    EXPECT_TRUE(source->row("posts", 0));
}

TEST_F(SourceTest, a_reader_that_has_read_does_not_hinder_a_writer) {
    auto writer = made(2);
    auto reader = *SqliteSource::open(path, Mode::read);
    EXPECT_TRUE(reader->row("posts", 0));
    EXPECT_TRUE(writer->load(kPosts, 4, fill_post));
    EXPECT_EQ(*reader->count("posts"), 4);
}

TEST_F(SourceTest, names_with_quotes_are_names) {
    SourceTable odd{"a\"b; drop", {{"select", Kind::integer}, {"x\"y", Kind::text}}};
    auto source = *SqliteSource::open(path, Mode::create);
    ASSERT_TRUE(source->load(odd, 1, [](auto index, auto& values) { values = {index, "v"}; }));
    EXPECT_EQ(source->row("a\"b; drop", 0)->values[1].first, "x\"y");
}

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
