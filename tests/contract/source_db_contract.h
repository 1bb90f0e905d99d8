// SPDX-License-Identifier: Apache-2.0
// What every twin of ports/source_db.h promises.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "ports/source_db.h"

namespace pinflow::contract {

struct SourceDbUnderTest {
    std::shared_ptr<SourceDb> source;                 // of an empty database
    std::function<void(const std::string&)> run_sql;  // beside it, as somebody else
    std::function<std::unique_ptr<SourceDb>()> reopen;
    std::shared_ptr<void> owner;
    std::string why_not;  // said where there is no such database here
};

class SourceDbContract : public testing::TestWithParam<std::function<SourceDbUnderTest()>> {
protected:
    using Kind = SourceColumn::Kind;
    using Make = std::function<void(std::int64_t, std::vector<SourceValue>&)>;

    void SetUp() override {
        under_ = GetParam()();
        if (!under_.source) GTEST_SKIP() << under_.why_not;
    }

    static SourceTable posts() {
        return {"posts",
                {{"number", Kind::integer},
                 {"title", Kind::text},
                 {"posted", Kind::datetime},
                 {"latitude", Kind::single_float},
                 {"score", Kind::real},
                 {"group", Kind::text}}};
    }
    static void fill(std::int64_t index, std::vector<SourceValue>& values) {
        values[0] = index;
        values[1] = "it's a \"post\" \\ of caf\u00e9 \U0001F600 " + std::to_string(index) + "\n";
        values[2] = DateTimeText{"2020-08-28 03:52:47"};
        values[3] = FloatText{index % 2 == 0 ? "-89.9787" : "0.0000125"};
        values[4] = 0.1 + static_cast<double>(index);
        values[5] = index % 2 == 0 ? SourceValue{"even"} : SourceValue{};
    }
    Status load(std::int64_t rows, Existing existing = Existing::replace, Make make = fill) {
        TableLoad load{posts(), rows, std::move(make)};
        return under_.source->load({&load, 1}, existing);
    }
    std::int64_t key(SourceDb& source, std::int64_t offset) {
        auto row = source.row("posts", offset);
        if (!row) return row.error().code == Errc::not_found ? -1'000 : -2'000;
        return std::get<std::int64_t>(row->values.front().second);
    }

    SourceDbUnderTest under_;
};

TEST_P(SourceDbContract, values_come_back_as_the_kinds_they_were_loaded_as) {
    ASSERT_TRUE(load(4));
    for (std::int64_t index = 0; index < 4; ++index) {
        auto row = under_.source->row("posts", index);
        ASSERT_TRUE(row) << row.error().text;
        std::vector<SourceValue> expected(6);
        fill(index, expected);
        ASSERT_EQ(row->values.size(), expected.size());
        for (std::size_t i = 0; i < expected.size(); ++i) {
            EXPECT_EQ(row->values[i].first, posts().columns[i].name);
            EXPECT_EQ(row->values[i].second, expected[i]) << posts().columns[i].name;
        }
    }
}

TEST_P(SourceDbContract, columns_are_told_in_their_order) {
    ASSERT_TRUE(load(0));
    EXPECT_EQ(
        *under_.source->columns("posts"),
        (std::vector<std::string>{"number", "title", "posted", "latitude", "score", "group"}));
    EXPECT_EQ(under_.source->columns("pots").error().code, Errc::not_found);
}

TEST_P(SourceDbContract, an_offset_past_the_end_is_not_found) {
    ASSERT_TRUE(load(3));
    EXPECT_EQ(key(*under_.source, 2), 2);
    for (std::int64_t none : {std::int64_t{3}, std::int64_t{-1}, INT64_MAX})
        EXPECT_EQ(under_.source->row("posts", none).error().code, Errc::not_found) << none;
    EXPECT_EQ(*under_.source->count("posts"), 3);
    ASSERT_TRUE(load(0));
    EXPECT_EQ(*under_.source->count("posts"), 0);
    EXPECT_EQ(under_.source->row("posts", 0).error().code, Errc::not_found);
}

TEST_P(SourceDbContract, offsets_count_rows_in_key_order_when_keys_have_gaps) {
    ASSERT_TRUE(load(10));
    under_.run_sql("DELETE FROM posts WHERE number IN (0, 4)");
    under_.run_sql("INSERT INTO posts(number) VALUES (-7)");
    auto source = under_.reopen();
    const std::int64_t keys[] = {-7, 1, 2, 3, 5, 6, 7, 8, 9};
    for (std::int64_t offset = 0; offset < 9; ++offset)
        EXPECT_EQ(key(*source, offset), keys[offset]);
    EXPECT_EQ(key(*source, 9), -1'000);
}

TEST_P(SourceDbContract, a_table_without_a_key_may_repeat_its_first_column) {
    under_.run_sql("CREATE TABLE loose (n bigint, v varchar(5))");
    under_.run_sql("INSERT INTO loose VALUES (0,'a'),(0,'b'),(2,'c')");
    auto source = under_.reopen();
    EXPECT_EQ(source->row("loose", 2)->values[1].second, SourceValue{"c"});
    EXPECT_EQ(source->row("loose", 1)->values[0].second, SourceValue{std::int64_t{0}});
    EXPECT_EQ(source->row("loose", 3).error().code, Errc::not_found);
}

TEST_P(SourceDbContract, a_second_load_replaces_the_first_only_if_it_may) {
    ASSERT_TRUE(load(5, Existing::refuse));
    EXPECT_EQ(key(*under_.source, 4), 4);
    auto refused = load(2, Existing::refuse);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::already_exists);
    EXPECT_NE(refused.error().text.find("posts"), std::string::npos) << refused.error().text;
    EXPECT_EQ(*under_.source->count("posts"), 5);
    ASSERT_TRUE(load(2, Existing::replace));
    EXPECT_EQ(*under_.source->count("posts"), 2);
    EXPECT_EQ(key(*under_.source, 4), -1'000);
}

TEST_P(SourceDbContract, a_load_that_fails_leaves_all_tables_as_they_were) {
    ASSERT_TRUE(load(5));
    SourceTable others = posts();
    others.name = "others";
    auto repeated = [](std::int64_t index, std::vector<SourceValue>& values) {
        fill(index % 3, values);
    };
    TableLoad loads[] = {{posts(), 2, fill}, {others, 9, repeated}};
    auto refused = under_.source->load(loads, Existing::replace);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::conflict) << refused.error().text;
    EXPECT_NE(refused.error().text.find("others"), std::string::npos) << refused.error().text;
    EXPECT_EQ(*under_.source->count("posts"), 5);
    EXPECT_EQ(under_.source->count("others").error().code, Errc::not_found);
    loads[1].make = fill;
    ASSERT_TRUE(under_.source->load(loads, Existing::replace));
    EXPECT_EQ(*under_.source->count("posts"), 2);
    EXPECT_EQ(*under_.source->count("others"), 9);
}

TEST_P(SourceDbContract, an_absent_table_says_which_are_there_and_how_to_make_one) {
    ASSERT_TRUE(load(1));
    auto row = under_.source->row("pots", 0);
    EXPECT_EQ(row.error().code, Errc::not_found);
    EXPECT_NE(row.error().text.find("posts"), std::string::npos) << row.error().text;
    EXPECT_EQ(under_.source->count("pots").error().code, Errc::not_found);
}

TEST_P(SourceDbContract, names_with_quotes_are_names) {
    SourceTable odd{"a\"b`c; drop", {{"select", Kind::integer}, {"x\"y`z", Kind::text}}};
    TableLoad load{odd, 1, [](auto index, auto& values) { values = {index, "v"}; }};
    ASSERT_TRUE(under_.source->load({&load, 1}, Existing::replace));
    EXPECT_EQ(under_.source->row("a\"b`c; drop", 0)->values[1].first, "x\"y`z");
}

// More rows than a statement or a block of either twin holds.
TEST_P(SourceDbContract, a_large_load_keeps_every_row_in_its_place) {
    constexpr std::int64_t kRows = 20'000;
    ASSERT_TRUE(load(kRows));
    EXPECT_EQ(*under_.source->count("posts"), kRows);
    for (std::int64_t offset = 0; offset < kRows; offset += 997)
        EXPECT_EQ(key(*under_.source, offset), offset);
    EXPECT_EQ(key(*under_.source, kRows - 1), kRows - 1);
}

}  // namespace pinflow::contract
