// SPDX-License-Identifier: Apache-2.0
// How values, CSV and drawn tables look.
#include <gtest/gtest.h>

#include <limits>

#include "batch/cell_text.h"
#include "batch/csv_text.h"
#include "batch/reports.h"
#include "batch/shown_text.h"
#include "batch/table_text.h"

namespace pinflow::batch {
namespace {

TEST(CellText, timestamps_are_utc_without_trailing_zeros) {
    EXPECT_EQ(timestamp_text(0), "1970-01-01 00:00:00");
    EXPECT_EQ(timestamp_text(1), "1970-01-01 00:00:00.000001");
    EXPECT_EQ(timestamp_text(-1), "1969-12-31 23:59:59.999999");
    EXPECT_EQ(timestamp_text(1'500'000), "1970-01-01 00:00:01.5");
    EXPECT_EQ(timestamp_text(-62135596800'000'000), "0001-01-01 00:00:00");
    EXPECT_EQ(timestamp_text(253402300799'999'999), "9999-12-31 23:59:59.999999");
}

TEST(CellText, numbers_are_written_as_the_answers_are) {
    Column column{.type = ColumnType::float64};
    for (double value : {3.0, -0.0, 1.5, 1e300, 1e-5, std::numeric_limits<double>::quiet_NaN(),
                         -std::numeric_limits<double>::infinity()}) {
        column.push_float(value);
    }
    column.push_null();
    std::vector<std::string> expected{"3",     "0",       "1.5",           "1e+300",
                                      "1e-05", "\"NaN\"", "\"-Infinity\"", "null"};
    for (std::size_t row = 0; row < expected.size(); ++row)
        EXPECT_EQ(cell_json(column, row), expected[row]);
    EXPECT_EQ(cell_text(column, 5), "NaN");
    EXPECT_EQ(cell_text(column, 7), "");
}

Rows counted(const std::vector<std::pair<std::string, std::int64_t>>& values) {
    Rows rows({{"country", ColumnType::text}, {"category_count", ColumnType::int64}});
    for (const auto& [name, count] : values) {
        rows.columns[0].push_text(name);
        rows.columns[1].push_integer(count);
    }
    return rows;
}

TEST(CsvText, quotes_what_needs_it_and_tells_null_from_empty) {
    Rows rows({{"a,b", ColumnType::text}, {"n", ColumnType::int64}});
    for (const char* text : {"plain", "com,ma", "quo\"te", "line\nbreak", ""}) {
        rows.columns[0].push_text(text);
        rows.columns[1].push_integer(1);
    }
    rows.columns[0].push_null();
    rows.columns[1].push_null();
    EXPECT_EQ(csv_text(rows),
              "\"a,b\",n\r\nplain,1\r\n\"com,ma\",1\r\n\"quo\"\"te\",1\r\n\"line\nbreak\","
              "1\r\n\"\",1\r\n,\r\n");
}

TEST(TableText, draws_bars_in_proportion) {
    EXPECT_EQ(table_text(counted({{"Albania", 1000}, {"Chad", 500}, {"Peru", 0}}),
                         {.width = 60, .ascii = true}),
              "country  category_count\n"
              "-------  --------------\n"
              "Albania           1,000  ########################\n"
              "Chad                500  ############\n"
              "Peru                  0\n");
    std::string text = table_text(counted({{"A", 16}, {"B", 1}}), {.width = 31});
    EXPECT_NE(text.find("██████"), std::string::npos) << text;
    EXPECT_NE(text.find("▍"), std::string::npos) << text;
}

TEST(TableText, no_line_is_wider_than_the_terminal_and_hidden_rows_are_counted) {
    std::vector<std::pair<std::string, std::int64_t>> values;
    for (int row = 0; row < 30; ++row)
        values.emplace_back(std::string(200, 'x') + "\xF0\x9F\x98\x8D 旅行", row);
    for (std::size_t width : {20u, 40u, 80u, 200u}) {
        std::string text = table_text(counted(values), {.width = width, .rows_max = 5});
        std::size_t begin = 0;
        for (std::size_t end = text.find('\n'); end != std::string::npos;
             end = text.find('\n', begin)) {
            EXPECT_LE(shown_width(std::string_view(text).substr(begin, end - begin)), width);
            begin = end + 1;
        }
        EXPECT_NE(text.find("… 25 more rows"), std::string::npos);
    }
}

TEST(TableText, no_record_steers_the_terminal) {
    std::string text = table_text(counted({{"\x1B[2J\a\r\n\xC2\x9B\xE2\x80\xAE", 1}}), {});
    EXPECT_NE(text.find("\\u001b[2J\\u0007\\u000d\\n\\u009b\\u202e"), std::string::npos) << text;
}

TEST(TableText, an_empty_answer_still_has_its_header) {
    EXPECT_EQ(table_text(counted({}), {.ascii = true}),
              "country  category_count\n-------  --------------\n");
}

TEST(ShownText, wide_and_combining_characters_are_measured) {
    EXPECT_EQ(shown_width("abc"), 3u);
    EXPECT_EQ(shown_width("旅行"), 4u);
    EXPECT_EQ(shown_width("e\xCC\x81"), 1u);
    EXPECT_EQ(shown_width("😍"), 2u);
    EXPECT_EQ(cut_to_width("abcdef", 4, "…"), "abc…");
    EXPECT_EQ(cut_to_width("旅行です", 4, "…"), "旅…");
    EXPECT_EQ(shown_width("\xFF\xE2"), 2u);
}

TEST(Reports, answers_are_one_row_a_line) {
    Answers answers{{.name = "q1", .rows = counted({{"A", 1}, {"B", 2}})},
                    {.name = "q2", .rows = counted({})}};
    EXPECT_EQ(answers_json(answers),
              "{\n\"q1\":[\n{\"country\":\"A\",\"category_count\":1},\n{\"country\":\"B\","
              "\"category_count\":2}\n],\n\"q2\":[]\n}\n");
}

}  // namespace
}  // namespace pinflow::batch
