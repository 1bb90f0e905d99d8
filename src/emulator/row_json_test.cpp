// SPDX-License-Identifier: Apache-2.0
#include "emulator/row_json.h"

#include <gtest/gtest.h>

namespace pinflow::emulator {
namespace {

std::string one(SourceValue value) { return row_json({{{"v", std::move(value)}}}).value(); }

// The expected text is what CPython 3.11 printed for json.dumps(dict(row), default=str).
TEST(RowJson, is_letter_for_letter_what_json_dumps_prints) {
    SourceRow row{{
        {"index", std::int64_t{7528}},
        {"title",
         std::string("Caf\u00e9 \"d\u00e9j\u00e0 vu\" \\ \u2764\ufe0f \U0001F600 / end\n\t")},
        {"timestamp", DateTimeText{"2020-08-28 03:52:47"}},
        {"latitude", FloatText{"-89.9787"}},
        {"longitude", FloatText{"-173.293"}},
        {"age", std::int64_t{-20}},
        {"score", 0.1},
        {"missing", std::monostate{}},
        {"", std::string("")},
    }};
    EXPECT_EQ(row_json(row).value(),
              "{\"index\": 7528, \"title\": \"Caf\\u00e9 \\\"d\\u00e9j\\u00e0 vu\\\" \\\\ "
              "\\u2764\\ufe0f \\ud83d\\ude00 / "
              "end\\n\\t\", \"timestamp\": \"2020-08-28 03:52:47\", \"latitude\": -89.9787, "
              "\"longitude\": -173.293, "
              "\"age\": -20, \"score\": 0.1, \"missing\": null, \"\": \"\"}");
}

TEST(RowJson, prints_a_float_as_the_repr_of_the_text_mysql_gave) {
    EXPECT_EQ(one(FloatText{"77"}), "{\"v\": 77.0}");
    EXPECT_EQ(one(FloatText{"-0.375174"}), "{\"v\": -0.375174}");
    EXPECT_EQ(one(FloatText{"0"}), "{\"v\": 0.0}");
    EXPECT_EQ(one(FloatText{"-0"}), "{\"v\": -0.0}");
    EXPECT_EQ(one(FloatText{"1e-5"}), "{\"v\": 1e-05}");
    EXPECT_EQ(one(FloatText{"0.0001"}), "{\"v\": 0.0001}");
    EXPECT_EQ(one(FloatText{"3.40282e38"}), "{\"v\": 3.40282e+38}");
    EXPECT_EQ(one(FloatText{"1e15"}), "{\"v\": 1000000000000000.0}");
}

TEST(RowJson, refuses_a_float_that_is_no_number_and_names_the_column) {
    for (const char* text : {"", "x", "1.5x", " 1", "1,5"}) {
        auto json = row_json({{{"latitude", FloatText{text}}}});
        ASSERT_FALSE(json) << text;
        EXPECT_EQ(json.error().code, Errc::corrupt);
        EXPECT_NE(json.error().text.find("latitude"), std::string::npos);
    }
}

TEST(RowJson, prints_datetimes_in_either_form_and_other_dates_as_they_are) {
    SourceRow row{{{"t", DateTimeText{"2020-01-02 03:04:05"}}, {"d", DateTimeText{"2020-01-02"}}}};
    EXPECT_EQ(row_json(row, DateTimeForm::spaced).value(),
              R"({"t": "2020-01-02 03:04:05", "d": "2020-01-02"})");
    EXPECT_EQ(row_json(row, DateTimeForm::iso).value(),
              R"({"t": "2020-01-02T03:04:05", "d": "2020-01-02"})");
    EXPECT_EQ(row_json({}).value(), "{}");
}

TEST(RowJson, escapes_control_characters_and_delete_as_python_does) {
    EXPECT_EQ(one(std::string("\x01\b\f\r\x1f\x7f")),
              "{\"v\": \"\\u0001\\b\\f\\r\\u001f\\u007f\"}");
}

}  // namespace
}  // namespace pinflow::emulator
