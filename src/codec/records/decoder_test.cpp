// SPDX-License-Identifier: Apache-2.0
// Long because it is mostly one table: what Spark makes of each hostile document.
// The expected rows of the tables below are those of Spark 4.2.0's JSON reader (ANSI off, a
// declared schema), run on the same lines; where we refuse what Spark guesses at, the test says so.
#include "codec/records/decoder.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <cmath>
#include <limits>
#include <random>

#include "base/hash.h"
#include "codec/records/reasons.h"

namespace pinflow::records {
namespace {

RecordShape plain_shape() {
    return {.columns = {{"k", ColumnType::int64},
                        {"t", ColumnType::text},
                        {"d", ColumnType::float64},
                        {"b", ColumnType::boolean},
                        {"i", ColumnType::int32},
                        {"l", ColumnType::float64_list}},
            .key = "k"};
}

struct Outcome {
    std::int64_t read = 0;
    Rows rows;
    std::vector<Refusal> refused;
};

Outcome decode(const RecordShape& shape, std::string_view document) {
    Result<Decoder> decoder = Decoder::open(shape);
    EXPECT_TRUE(decoder.has_value());
    Outcome outcome{.rows = Rows(shape.columns)};
    outcome.read = decoder->decode(document, outcome.rows, outcome.refused);
    EXPECT_EQ(outcome.read,
              static_cast<std::int64_t>(outcome.rows.count() + outcome.refused.size()))
        << document;
    return outcome;
}

std::string number_text(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
    std::ostringstream out;
    out.precision(17);
    out << value;
    return out.str();
}

// "1|text|null|..." for each row; readable in a failure.
std::string shown(const Rows& rows) {
    std::string text;
    for (std::size_t row = 0; row < rows.count(); ++row) {
        if (row > 0) text += " ; ";
        for (std::size_t at = 0; at < rows.columns.size(); ++at) {
            const Column& column = rows.columns[at];
            if (at > 0) text += '|';
            if (column.is_null(row)) {
                text += "null";
            } else if (column.type == ColumnType::text) {
                text += column.text(row);
            } else if (column.type == ColumnType::float64) {
                text += number_text(column.floats[row]);
            } else if (column.type == ColumnType::float64_list) {
                text += '[';
                for (std::size_t item = 0; item < column.list(row).size(); ++item) {
                    text +=
                        column.list_valid(row)[item] ? number_text(column.list(row)[item]) : "null";
                    text += ' ';
                }
                text += ']';
            } else {
                text += std::to_string(column.integers[row]);
            }
        }
    }
    return text;
}

struct Case {
    std::string document;
    std::string rows;    // as shown() writes them
    std::string reason;  // of the refused record, or empty
};

void expect_all(const RecordShape& shape, const std::vector<Case>& cases) {
    for (const Case& test : cases) {
        Outcome outcome = decode(shape, test.document);
        std::string named = test.document.substr(0, 120);
        EXPECT_EQ(shown(outcome.rows), test.rows) << named;
        EXPECT_EQ(outcome.refused.empty() ? "" : outcome.refused.front().reason, test.reason)
            << named;
    }
}

TEST(Decoder, a_value_of_the_wrong_type_is_null_and_the_row_is_kept) {
    expect_all(plain_shape(),
               {
                   {R"({"k":1,"i":"33"})", "1|null|null|null|null|null", ""},
                   {R"({"k":1,"i":20.5})", "1|null|null|null|null|null", ""},
                   {R"({"k":1,"i":24.0})", "1|null|null|null|null|null", ""},
                   {R"({"k":1,"i":1e2})", "1|null|null|null|null|null", ""},
                   {R"({"k":1,"i":true})", "1|null|null|null|null|null", ""},
                   {R"({"k":1,"i":"x"})", "1|null|null|null|null|null", ""},
                   {R"({"k":1,"i":[1]})", "1|null|null|null|null|null", ""},
                   {R"({"k":1,"i":{"a":1}})", "1|null|null|null|null|null", ""},
                   {R"({"k":1,"i":2147483647})", "1|null|null|null|2147483647|null", ""},
                   {R"({"k":1,"i":2147483648})", "1|null|null|null|null|null", ""},
                   {R"({"k":1,"i":-2147483648})", "1|null|null|null|-2147483648|null", ""},
                   {R"({"k":1,"i":100000000000000000000})", "1|null|null|null|null|null", ""},
                   {R"({"k":1,"d":"12.5"})", "1|null|null|null|null|null", ""},
                   {R"({"k":1,"d":""})", "1|null|null|null|null|null", ""},
                   {R"({"k":1,"d":true})", "1|null|null|null|null|null", ""},
                   {R"({"k":1,"d":[1]})", "1|null|null|null|null|null", ""},
                   {R"({"k":1,"b":"true"})", "1|null|null|null|null|null", ""},
                   {R"({"k":1,"b":1})", "1|null|null|null|null|null", ""},
                   {R"({"k":1,"b":true})", "1|null|null|1|null|null", ""},
                   {R"({"k":1,"b":false})", "1|null|null|0|null|null", ""},
                   {R"({"k":1,"l":[1,2.5,null]})", "1|null|null|null|null|[1 2.5 null ]", ""},
                   {R"({"k":1,"l":[]})", "1|null|null|null|null|[]", ""},
                   {R"({"k":1,"l":["NaN"]})", "1|null|null|null|null|[NaN ]", ""},
                   {R"({"k":1,"l":[1,"x"]})", "1|null|null|null|null|null", ""},
                   {R"({"k":1,"l":[[1]]})", "1|null|null|null|null|null", ""},
                   {R"({"k":1,"l":5})", "1|null|null|null|null|null", ""},
               });
}

TEST(Decoder, doubles_are_read_as_jackson_reads_them) {
    expect_all(
        plain_shape(),
        {
            {R"({"k":1,"d":0})", "1|null|0|null|null|null", ""},
            {R"({"k":1,"d":0.1e1})", "1|null|1|null|null|null", ""},
            {R"({"k":1,"d":1e-05})", "1|null|1.0000000000000001e-05|null|null|null", ""},
            {R"({"k":1,"d":123456789.12345679})", "1|null|123456789.12345679|null|null|null", ""},
            {R"({"k":1,"d":100000000000000000000000})",
             "1|null|9.9999999999999992e+22|null|null|null", ""},
            {R"({"k":1,"d":1e400})", "1|null|inf|null|null|null", ""},
            {R"({"k":1,"d":-1e400})", "1|null|-inf|null|null|null", ""},
            {R"({"k":1,"d":1e-400})", "1|null|0|null|null|null", ""},
            {R"({"k":1,"d":0.1e400})", "1|null|inf|null|null|null", ""},
            {R"({"k":1,"d":-100e-402})", "1|null|-0|null|null|null", ""},
            {R"({"k":1,"d":"NaN"})", "1|null|NaN|null|null|null", ""},
            {R"({"k":1,"d":"Infinity"})", "1|null|inf|null|null|null", ""},
            {R"({"k":1,"d":"+Infinity"})", "1|null|inf|null|null|null", ""},
            {R"({"k":1,"d":"+INF"})", "1|null|inf|null|null|null", ""},
            {R"({"k":1,"d":"-INF"})", "1|null|-inf|null|null|null", ""},
            {R"({"k":1,"d":"INF"})", "1|null|null|null|null|null", ""},
            {R"({"k":1,"d":"nan"})", "1|null|null|null|null|null", ""},
            // Python's json.dumps writes these bare words.
            {R"({"k":1,"d":NaN})", "1|null|NaN|null|null|null", ""},
            {R"({"k":1,"d":-Infinity})", "1|null|-inf|null|null|null", ""},
            {R"({"k":1,"d":+INF})", "1|null|inf|null|null|null", ""},
            {R"({"k":1,"x":[NaN,-INF]})", "1|null|null|null|null|null", ""},
            {R"({"k":1,"d":INF})", "", std::string(kNotJson)},
            {R"({"k":1,"d":nan})", "", std::string(kNotJson)},
        });
}

TEST(Decoder, a_text_column_takes_any_other_value_as_its_json_text) {
    expect_all(plain_shape(), {
                                  {R"({"k":1,"t":123})", "1|123|null|null|null|null", ""},
                                  {R"({"k":1,"t":12.50})", "1|12.50|null|null|null|null", ""},
                                  {R"({"k":1,"t":1e3})", "1|1e3|null|null|null|null", ""},
                                  {R"({"k":1,"t":-0.0})", "1|-0.0|null|null|null|null", ""},
                                  {R"({"k":1,"t":100000000000000000000000})",
                                   "1|100000000000000000000000|null|null|null|null", ""},
                                  {R"({"k":1,"t":true})", "1|true|null|null|null|null", ""},
                                  {R"({"k":1,"t":null})", "1|null|null|null|null|null", ""},
                                  {R"({"k":1,"t":NaN})", "1|NaN|null|null|null|null", ""},
                                  {R"({"k":1,"t":{"a": 1, "b":[1.50, 2e3]} ,"d":1})",
                                   R"(1|{"a": 1, "b":[1.50, 2e3]}|1|null|null|null)", ""},
                                  {R"({"k":1,"t":["\u00e9", "x\ty"]})",
                                   R"(1|["\u00e9", "x\ty"]|null|null|null|null)", ""},
                                  {R"({"k":1,"t":[]})", "1|[]|null|null|null|null", ""},
                                  {R"({"k":1,"t":{}})", "1|{}|null|null|null|null", ""},
                              });
}

TEST(Decoder, escapes_are_resolved_and_nul_is_kept) {
    expect_all(plain_shape(),
               {
                   {R"({"k":1,"t":"a\"b\\c\/d\n\u00e9\ud83d\ude00"})",
                    "1|a\"b\\c/d\n\u00e9\U0001F600|null|null|null|null", ""},
                   {R"({"k":1,"t":"a\u0000b"})", std::string("1|a\0b|null|null|null|null", 25), ""},
                   {R"({"\u006b":5})", "5|null|null|null|null|null", ""},
                   {R"({"k":1,"t":""})", "1||null|null|null|null", ""},
                   {R"({"k":1,"t":" a "})", "1| a |null|null|null|null", ""},
               });
}

TEST(Decoder, the_last_of_repeated_keys_counts_unless_it_has_the_wrong_type) {
    expect_all(plain_shape(), {
                                  {R"({"k":1,"k":2})", "2|null|null|null|null|null", ""},
                                  {R"({"k":null,"k":7})", "7|null|null|null|null|null", ""},
                                  {R"({"k":1,"k":null})", "", std::string(kKeyNull)},
                                  {R"({"k":1,"k":"x"})", "1|null|null|null|null|null", ""},
                                  {R"({"k":1,"t":"a","t":null})", "1|null|null|null|null|null", ""},
                                  {R"({"k":1,"t":"a","t":5})", "1|5|null|null|null|null", ""},
                                  {R"({"k":1,"d":1.5,"d":"x"})", "1|null|1.5|null|null|null", ""},
                                  {R"({"k":1,"x":{"k":9}})", "1|null|null|null|null|null", ""},
                              });
}

TEST(Decoder, the_key_must_be_a_whole_number) {
    expect_all(
        plain_shape(),
        {
            {R"({"k":9223372036854775807})", "9223372036854775807|null|null|null|null|null", ""},
            {R"({"k":-9223372036854775808})", "-9223372036854775808|null|null|null|null|null", ""},
            {R"({"k":-0})", "0|null|null|null|null|null", ""},
            {R"({"k":9223372036854775808})", "", std::string(kKeyNotWhole)},
            {R"({"k":100000000000000000000})", "", std::string(kKeyNotWhole)},
            {R"({"k":12.0})", "", std::string(kKeyNotWhole)},
            {R"({"k":1e2})", "", std::string(kKeyNotWhole)},
            {R"({"k":"12"})", "", std::string(kKeyNotWhole)},
            {R"({"k":true})", "", std::string(kKeyNotWhole)},
            {R"({"k":NaN})", "", std::string(kKeyNotWhole)},
            {R"({"k":{"a":1}})", "", std::string(kKeyNotWhole)},
            {R"({"k":null,"t":"a"})", "", std::string(kKeyNull)},
            {R"({"K":5})", "", std::string(kKeyMissing)},
            {R"({})", "", std::string(kKeyMissing)},
        });
}

TEST(Decoder, what_is_no_object_is_refused) {
    for (const char* document : {"null", "true", "5", "-1.5", R"("x")", "NaN"}) {
        EXPECT_EQ(decode(plain_shape(), document).refused.at(0).reason, kNotObject) << document;
    }
    for (const char* document : {"", " ", "\t\r\n"}) {
        EXPECT_EQ(decode(plain_shape(), document).refused.at(0).reason, kEmpty) << document;
    }
}

TEST(Decoder, broken_json_is_refused_wherever_the_break_is) {
    for (const char* document : {"garbage",
                                 R"({"k":1)",
                                 R"({"k":1,"t":"abc)",
                                 R"({"k":1,"t":)",
                                 R"({"k":1,"t)",
                                 R"({"k":1,})",
                                 R"({"k":1 "t":"x"})",
                                 R"({"k" 1})",
                                 "{'k':1}",
                                 "{k:1}",
                                 R"({"k":1 /*c*/})",
                                 R"({"k":1,"x":tru})",
                                 R"({"k":1,"x":garbage})",
                                 R"({"k":1,"x":01})",
                                 R"({"k":1,"d":.5})",
                                 R"({"k":1,"d":5.})",
                                 R"({"k":1,"d":+1})",
                                 R"({"k":1,"d":1e})",
                                 R"({"k":1,"d":-})",
                                 R"({"k":1,"t":"\q"})",
                                 R"({"k":1,"x":"\q"})",
                                 R"({"k":1,"x":["\q"]})",
                                 R"({"k":1,"\q":2})",
                                 "{\"k\":1,\"t\":\"a\tb\"}",
                                 R"({"k":1,"t":"\u00"})",
                                 R"({"k":1,"x":[1,]})",
                                 R"({"k":1,"x":[1 2]})",
                                 R"({"k":1,"x":[1}})",
                                 R"({"k":1,"x":{"a":1]})",
                                 R"({"k":1,"x":{"a"}})",
                                 "[",
                                 "{",
                                 "]",
                                 R"([{"k":1})",
                                 R"([{"k":1},])",
                                 R"({"k":1,"x":"a"b})",
                                 R"({"k":1,"x":1:2})",
                                 R"({,"k":1})",
                                 R"({"k":1,,"x":2})"}) {
        Outcome outcome = decode(plain_shape(), document);
        EXPECT_EQ(outcome.rows.count(), 0u) << document;
        ASSERT_EQ(outcome.refused.size(), 1u) << document;
        EXPECT_EQ(outcome.refused[0].reason, kNotJson) << document;
        EXPECT_EQ(outcome.refused[0].raw, document);
    }
}

// Spark takes the first document and drops the rest of the line unsaid; a lone surrogate becomes
// '?'.
TEST(Decoder, what_spark_guesses_at_is_refused) {
    for (const char* document : {R"({"k":1}})", R"({"k":1} x)", R"({"k":1}{"k":2})", R"({"k":1},)",
                                 R"({"k":1} {"k":2})", R"([{"k":1}] 5)"}) {
        Outcome outcome = decode(plain_shape(), document);
        EXPECT_EQ(outcome.rows.count(), 0u) << document;
        EXPECT_EQ(outcome.refused.size(), 1u) << document;
    }
    for (const char* document :
         {R"({"k":1,"t":"\ud800"})", R"({"k":1,"t":"\udc00"})", R"({"k":1,"x":"\uDC00 x"})",
          R"({"k":1,"t":"\ud800\u0041"})", R"({"k":1,"\udc00":1})"}) {
        Outcome outcome = decode(plain_shape(), document);
        ASSERT_EQ(outcome.refused.size(), 1u) << document;
        EXPECT_TRUE(outcome.refused[0].reason == kLoneSurrogate ||
                    outcome.refused[0].reason == kNotJson)
            << document;
    }
    for (std::string_view document : {std::string_view("{\"k\":1,\"t\":\"\xff\"}"),
                                      std::string_view("{\"k\":1,\"t\":\"\xed\xa0\x80\"}"),
                                      std::string_view("{\"k\":1,\"t\":\"\xc0\x80\"}")}) {
        EXPECT_EQ(decode(plain_shape(), document).refused.at(0).reason, kNotUtf8);
    }
}

TEST(Decoder, blanks_line_ends_and_a_byte_order_mark_around_a_document_do_not_matter) {
    for (const char* document : {" {\"k\":1}", "{\"k\":1}\r", "{\"k\":1} \t\n",
                                 "\xEF\xBB\xBF{\"k\":1}", "{ \"k\" : 1 }"}) {
        EXPECT_EQ(shown(decode(plain_shape(), document).rows), "1|null|null|null|null|null")
            << document;
    }
}

TEST(Decoder, an_array_is_unrolled_all_or_nothing) {
    expect_all(plain_shape(), {
                                  {R"([{"k":1,"t":"a"}])", "1|a|null|null|null|null", ""},
                                  {R"([{"k":1},{"k":2,"d":"x"}])",
                                   "1|null|null|null|null|null ; 2|null|null|null|null|null", ""},
                                  {R"([])", "", std::string(kEmptyArray)},
                                  {R"([ ])", "", std::string(kEmptyArray)},
                                  {R"([{"k":1},null])", "", std::string(kMixedArray)},
                                  {R"([{"k":1},5])", "", std::string(kMixedArray)},
                                  {R"([[{"k":1}]])", "", std::string(kMixedArray)},
                                  {R"([5])", "", std::string(kMixedArray)},
                              });
    Outcome outcome = decode(plain_shape(), R"([{"k":1}, {"t": "x"} ,{"k":"x"}])");
    EXPECT_EQ(outcome.read, 3);
    EXPECT_EQ(outcome.rows.count(), 1u);
    ASSERT_EQ(outcome.refused.size(), 2u);
    EXPECT_EQ(outcome.refused[0].raw, R"({"t": "x"})");
    EXPECT_EQ(outcome.refused[0].reason, kKeyMissing);
    EXPECT_EQ(outcome.refused[1].raw, R"({"k":"x"})");
    EXPECT_EQ(outcome.refused[1].reason, kKeyNotWhole);
}

TEST(Decoder, limits_are_those_named) {
    auto nested = [](int arrays) {
        std::string depth(static_cast<std::size_t>(arrays), '[');
        return R"({"k":1,"x":)" + depth + std::string(depth.size(), ']') + "}";
    };
    auto number = [](std::size_t digits) {
        return R"({"k":1,"x":)" + std::string(digits, '1') + "}";
    };
    expect_all(plain_shape(), {
                                  {nested(kDepthMax - 1), "1|null|null|null|null|null", ""},
                                  {nested(kDepthMax), "", std::string(kTooDeep)},
                                  {nested(100'000), "", std::string(kTooDeep)},
                                  {number(kNumberCharsMax), "1|null|null|null|null|null", ""},
                                  {number(kNumberCharsMax + 1), "", std::string(kNumberTooLong)},
                              });
    std::string document = R"({"k":1,"t":")";
    document += std::string(kDocumentBytesMax - document.size() - 2, 'a') + "\"}";
    EXPECT_EQ(decode(plain_shape(), document).rows.count(), 1u);
    EXPECT_EQ(decode(plain_shape(), document + " ").refused.at(0).reason, kTooLarge);
}

RecordShape fallback_shape() {
    return {.columns = {{"ind", ColumnType::int64},
                        {"country", ColumnType::text},
                        {"at", ColumnType::float64}},
            .key = "ind",
            .key_fallbacks = {"index"}};
}

TEST(Decoder, a_fallback_key_counts_only_beside_another_column) {
    expect_all(fallback_shape(),
               {
                   {R"({"index":7,"country":"A"})", "7|A|null", ""},
                   {R"({"index":7,"ind":8,"country":"A"})", "8|A|null", ""},
                   {R"({"index":7,"ind":null,"country":"A"})", "7|A|null", ""},
                   {R"({"index":7})", "", std::string(kKeyMissing)},
                   {R"({"index":7,"title":"a pin"})", "", std::string(kKeyMissing)},
                   {R"({"index":7,"country":null})", "", std::string(kKeyMissing)},
                   {R"({"index":7,"at":"x"})", "", std::string(kKeyMissing)},
                   {R"({"index":"7","country":"A"})", "", std::string(kKeyMissing)},
                   {R"({"index":7.0,"country":"A","ind":"1"})", "", std::string(kKeyNotWhole)},
               });
}

TEST(Decoder, wrapped_documents_are_unwrapped_where_declared) {
    std::string object = R"({"k":1,"t":"a"})";
    std::string as_string = R"("{\"k\":1,\"t\":\"a\"}")";
    std::string as_base64 = '"' + base64_encode(object) + '"';
    std::string both = '"' + base64_encode(as_string) + '"';
    EXPECT_EQ(decode(plain_shape(), as_string).refused.at(0).reason, kNotObject);

    RecordShape shape = plain_shape();
    shape.unwrap = {Unwrap::json_string, Unwrap::base64};
    for (const std::string& document : {object, as_string, as_base64, both}) {
        EXPECT_EQ(shown(decode(shape, document).rows), "1|a|null|null|null|null") << document;
    }
    for (const std::string& document :
         {std::string(R"("just text")"), std::string(R"("aGVsbG8=")"), std::string(R"("")")}) {
        Outcome outcome = decode(shape, document);
        ASSERT_EQ(outcome.refused.size(), 1u) << document;
        EXPECT_EQ(outcome.refused[0].reason, kWrappedUnknown);
        EXPECT_EQ(outcome.refused[0].raw, document);
    }
    Outcome inner = decode(shape, R"("{\"t\":\"no key\"}")");
    EXPECT_EQ(inner.refused.at(0).raw, R"("{\"t\":\"no key\"}")");
    std::string deep = object;
    for (int level = 0; level <= kUnwrapMax; ++level) deep = '"' + base64_encode(deep) + '"';
    EXPECT_EQ(decode(shape, deep).refused.at(0).reason, kWrappedUnknown);
}

TEST(Decoder, a_shape_without_a_whole_number_key_is_refused) {
    RecordShape shape = plain_shape();
    shape.key = "t";
    EXPECT_EQ(Decoder::open(shape).error().code, Errc::invalid_argument);
    shape.key = "absent";
    EXPECT_EQ(Decoder::open(shape).error().code, Errc::invalid_argument);
    shape = plain_shape();
    shape.columns[1].type = ColumnType::timestamp;
    EXPECT_EQ(Decoder::open(shape).error().code, Errc::unsupported);
}

TEST(Decoder, one_decoder_serves_documents_of_all_sizes_in_turn) {
    RecordShape shape = plain_shape();
    Result<Decoder> decoder = Decoder::open(shape);
    Rows rows(shape.columns);
    std::vector<Refusal> refused;
    for (std::size_t size : {1u, 100'000u, 3u, 5'000'000u, 0u, 70'000u}) {
        decoder->decode(R"({"k":1,"t":")" + std::string(size, 'a') + "\\n\"}", rows, refused);
        decoder->decode("garbage", rows, refused);
        EXPECT_EQ(rows.columns[1].text(rows.count() - 1).size(), size + 1);
    }
    EXPECT_EQ(rows.count(), 6u);
    EXPECT_EQ(refused.size(), 6u);
}

// simdjson's DOM checks a whole document by other code: the two must agree on what is JSON, for any
// damage done to a good document.
TEST(Decoder, chosen_columns_alone_are_appended_and_the_same_records_are_refused) {
    Decoder decoder = *Decoder::open(plain_shape());
    decoder.choose({3, 0});
    Rows rows(Schema{{"b", ColumnType::boolean}, {"k", ColumnType::int64}});
    std::vector<Refusal> refused;
    decoder.decode(R"({"k":7,"t":"x","b":true,"l":[1]})", rows, refused);
    decoder.decode(R"({"k":8,"t":"\ud800"})", rows, refused);  // wrong in a field nobody wants
    decoder.decode(R"({"b":true})", rows, refused);
    decoder.decode(R"({"k":9})", rows, refused);
    ASSERT_EQ(rows.count(), 2u);
    EXPECT_EQ(rows.columns[1].integers, (std::vector<std::int64_t>{7, 9}));
    EXPECT_EQ(rows.columns[0].integers[0], 1);
    EXPECT_TRUE(rows.columns[0].is_null(1));
    ASSERT_EQ(refused.size(), 2u);
    EXPECT_EQ(refused[0].reason, kLoneSurrogate);
    EXPECT_EQ(refused[1].reason, kKeyMissing);
}

TEST(Decoder, agrees_with_the_dom_on_what_is_json_under_random_damage) {
    const std::string good =
        R"({"k":1,"t":"a\n\u00e9","d":-1.5e3,"b":true,"i":null,"l":[1,2,{"x":[]}],"z":{"y":"q"}})";
    const std::string alphabet = "{}[]\",:\\u0eE+-.1 tfnl\n\x80";
    std::mt19937 random(20220101);
    simdjson::dom::parser dom;
    Result<Decoder> decoder = Decoder::open(plain_shape());
    for (int round = 0; round < 200'000; ++round) {
        std::string damaged = good;
        for (unsigned edits = 1 + random() % 3; edits > 0 && !damaged.empty(); --edits) {
            std::size_t at = random() % damaged.size();
            char c = alphabet[random() % alphabet.size()];
            switch (random() % 4) {
                case 0: damaged[at] = c; break;
                case 1: damaged.insert(at, 1, c); break;
                case 2: damaged.erase(at, 1); break;
                default: damaged.resize(at + 1); break;
            }
        }
        simdjson::dom::element element;
        bool is_json = dom.parse(damaged).get(element) == simdjson::SUCCESS;
        bool is_object = is_json && element.is_object();
        Rows rows(plain_shape().columns);
        std::vector<Refusal> refused;
        decoder->decode(damaged, rows, refused);
        bool is_taken = refused.empty() || refused[0].reason.starts_with("key");
        bool is_surrogate = !refused.empty() && refused[0].reason == kLoneSurrogate;
        if (!is_surrogate) {
            ASSERT_EQ(is_taken, is_object)
                << damaged << " : " << (refused.empty() ? "" : refused[0].reason);
        }
    }
}

}  // namespace
}  // namespace pinflow::records
