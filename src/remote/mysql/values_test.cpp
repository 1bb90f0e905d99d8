// SPDX-License-Identifier: Apache-2.0
#include "remote/mysql/values.h"

#include <gtest/gtest.h>
#include <mysql.h>

namespace pinflow::mysql {
namespace {

constexpr unsigned kUtf8mb4 = 45;
constexpr unsigned kBinary = 63;

SourceValue value(unsigned type, std::string_view bytes, unsigned character_set = kBinary) {
    auto got = value_of({"c", meaning_of(type, character_set)}, bytes);
    EXPECT_TRUE(got) << got.error().text;
    return got ? *got : SourceValue{};
}

TEST(MysqlValues, whole_numbers_are_integers_up_to_what_an_integer_holds) {
    EXPECT_EQ(value(MYSQL_TYPE_TINY, "1"), SourceValue{std::int64_t{1}});
    EXPECT_EQ(value(MYSQL_TYPE_LONG, "0042"), SourceValue{std::int64_t{42}}) << "ZEROFILL";
    EXPECT_EQ(value(MYSQL_TYPE_YEAR, "2020"), SourceValue{std::int64_t{2020}});
    EXPECT_EQ(value(MYSQL_TYPE_LONGLONG, "-9223372036854775808"), SourceValue{INT64_MIN});
    EXPECT_EQ(value(MYSQL_TYPE_LONGLONG, "9223372036854775807"), SourceValue{INT64_MAX});
    EXPECT_EQ(value(MYSQL_TYPE_LONGLONG, "18446744073709551615"),
              SourceValue{"18446744073709551615"});
    EXPECT_EQ(value(MYSQL_TYPE_BIT, std::string_view("\x01\x02", 2)),
              SourceValue{std::int64_t{258}});
    EXPECT_EQ(value(MYSQL_TYPE_BIT, "\xff\xff\xff\xff\xff\xff\xff\xff"),
              SourceValue{"18446744073709551615"});
}

TEST(MysqlValues, a_float_stays_as_mysql_prints_it_and_a_decimal_keeps_its_digits) {
    EXPECT_EQ(value(MYSQL_TYPE_FLOAT, "-89.9787"), SourceValue{FloatText{"-89.9787"}});
    EXPECT_EQ(value(MYSQL_TYPE_DOUBLE, "0.1"), SourceValue{0.1});
    EXPECT_EQ(value(MYSQL_TYPE_DOUBLE, "1.7976931348623157e308"),
              SourceValue{1.7976931348623157e308});
    EXPECT_EQ(value(MYSQL_TYPE_NEWDECIMAL, "1.250"), SourceValue{"1.250"});
}

// As Python's str(datetime) has it.
TEST(MysqlValues, dates_have_six_digits_of_fraction_or_none) {
    EXPECT_EQ(value(MYSQL_TYPE_DATETIME, "2020-08-28 03:52:47"),
              SourceValue{DateTimeText{"2020-08-28 03:52:47"}});
    EXPECT_EQ(value(MYSQL_TYPE_TIMESTAMP, "2020-08-28 03:52:47.400"),
              SourceValue{DateTimeText{"2020-08-28 03:52:47.400000"}});
    EXPECT_EQ(value(MYSQL_TYPE_DATETIME, "2020-08-28 03:52:47.000000"),
              SourceValue{DateTimeText{"2020-08-28 03:52:47"}});
    EXPECT_EQ(value(MYSQL_TYPE_DATE, "2020-08-28"), SourceValue{DateTimeText{"2020-08-28"}});
    EXPECT_EQ(value(MYSQL_TYPE_TIME, "-12:30:00"), SourceValue{"-12:30:00"});
}

TEST(MysqlValues, a_date_that_is_none_is_its_text) {
    for (const char* none :
         {"0000-00-00 00:00:00", "0000-00-00", "2020-00-00", "2020-05-00 00:00:00"}) {
        EXPECT_EQ(value(MYSQL_TYPE_DATETIME, none), SourceValue{none});
    }
}

TEST(MysqlValues, bytes_are_text_where_they_are_utf8_and_are_refused_by_name_where_not) {
    EXPECT_EQ(value(MYSQL_TYPE_BLOB, "caf\xc3\xa9"), SourceValue{"caf\xc3\xa9"});
    EXPECT_EQ(value(MYSQL_TYPE_VAR_STRING, "", kUtf8mb4), SourceValue{""});
    EXPECT_EQ(value(MYSQL_TYPE_STRING, "enum", kUtf8mb4), SourceValue{"enum"});
    auto refused = value_of({"photo", meaning_of(MYSQL_TYPE_BLOB, kBinary)}, "\xff\xd8");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::unsupported);
    EXPECT_NE(refused.error().text.find("photo"), std::string::npos);
    auto spoilt = value_of({"title", meaning_of(MYSQL_TYPE_VAR_STRING, kUtf8mb4)}, "\xff");
    EXPECT_EQ(spoilt.error().code, Errc::corrupt);
}

}  // namespace
}  // namespace pinflow::mysql
