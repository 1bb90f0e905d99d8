// SPDX-License-Identifier: Apache-2.0
#include "engine/sql_text.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "engine/parquet_stats.h"

namespace pinflow::engine {
namespace {

TEST(SqlText, quotes_double_themselves) {
    EXPECT_EQ(quote_name("a\"b"), "\"a\"\"b\"");
    EXPECT_EQ(quote_literal("it's"), "'it''s'");
}

TEST(SqlText, only_what_follows_a_statement_is_cut_off) {
    const std::vector<std::pair<std::string_view, std::string_view>> cases{
        {"select 1", "select 1"},
        {"select 1 ;\n", "select 1"},
        {"select 1; -- done; really", "select 1"},
        {"select 1 /* a ; b */ ;", "select 1"},
        {"-- first\nselect ';' ;", "-- first\nselect ';'"},
        {"select 'it''s;--';", "select 'it''s;--'"},
        {"select \"a;\";", "select \"a;\""},
        {"select 1 -- open", "select 1"},
        {"select 1; select 2;", "select 1; select 2"},
        {"select 'open", "select 'open"},
        {"", ""},
        {" ; ", ""},
    };
    for (auto [sql, expected] : cases) EXPECT_EQ(without_statement_end(sql), expected) << sql;
}

TEST(ParquetStats, a_timestamp_bound_is_never_on_the_wrong_side) {
    using Bound = std::optional<std::string>;
    EXPECT_EQ(timestamp_bound("2020-01-02 03:04:05+00", true), "\"2020-01-02T03:04:05.000Z\"");
    EXPECT_EQ(timestamp_bound("2020-01-02 03:04:05.1+00", true), "\"2020-01-02T03:04:05.100Z\"");
    EXPECT_EQ(timestamp_bound("1969-12-31 23:59:59.9999+00", false),
              "\"1969-12-31T23:59:59.999Z\"");
    EXPECT_EQ(timestamp_bound("1969-12-31 23:59:59.9999+00", true), "\"1970-01-01T00:00:00.000Z\"");
    for (bool is_upper : {true, false}) {
        EXPECT_EQ(timestamp_bound("infinity", is_upper), Bound{});
        EXPECT_EQ(timestamp_bound("0044-03-15 (BC) 00:00:00+00", is_upper), Bound{});
        EXPECT_EQ(timestamp_bound("294000-01-01 00:00:00+00", is_upper), Bound{});
        EXPECT_EQ(timestamp_bound("2020-01-02 03:04:05+02", is_upper), Bound{});
        EXPECT_EQ(timestamp_bound("", is_upper), Bound{});
    }
    EXPECT_EQ(timestamp_bound("9999-12-31 23:59:59.9999+00", true), Bound{});
}

}  // namespace
}  // namespace pinflow::engine
