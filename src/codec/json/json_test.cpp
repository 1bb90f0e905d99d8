// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "codec/json/minify.h"
#include "codec/json/writer.h"

namespace pinflow::json {
namespace {

using ::testing::HasSubstr;

struct Accepted {
    std::string_view sent;
    std::string_view stored;
};

// What is stored for what is sent, where RFC 8259 leaves a choice or a careless reader goes wrong.
TEST(minify, stores_text_as_sent_but_for_white_space_and_needless_escapes) {
    using std::string_view_literals::operator""sv;
    const Accepted table[] = {
        {" { \"b\" : 1 ,\n\t\"a\" : [ 1 , 2 ] }\r\n"sv, R"({"b":1,"a":[1,2]})"sv},
        {"null", "null"},
        {" true ", "true"},
        {"[]", "[]"},
        {"{ }", "{}"},
        {R"("")", R"("")"},
        {"[[],{},\"\",0]", "[[],{},\"\",0]"},
        // Numbers are text: nothing is rounded, none is too big.
        {"-0", "-0"},
        {"1E5", "1E5"},
        {"1.50e+05", "1.50e+05"},
        {"1e400", "1e400"},
        {"9007199254740993", "9007199254740993"},
        {"12345678901234567890", "12345678901234567890"},
        {"-0.0e-0", "-0.0e-0"},
        // Escapes.
        {R"("\u0041\u00e9\u20AC\ud83d\ude00")", "\"A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\""},
        {R"("\/\u002f")", R"("//")"},
        {R"("\"\\\b\f\n\r\t")", R"("\"\\\b\f\n\r\t")"},
        {R"("\u0022\u005C\u0008\u000a\u001F\u0000")", R"("\"\\\b\n\u001f\u0000")"},
        {"\"\x7F\"", "\"\x7F\""},
        {R"("\uD7FF\uE000\uFFFF\udbff\udfff")",
         "\"\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF\xF4\x8F\xBF\xBF\""},
        {R"({"\u0061":1,"A":2})", R"({"a":1,"A":2})"},
    };
    for (const Accepted& row : table) {
        auto stored = minify(row.sent);
        ASSERT_TRUE(stored) << row.sent << ": " << stored.error().text;
        EXPECT_EQ(*stored, row.stored);
        EXPECT_EQ(*minify(*stored), *stored) << "not its own minified form";
    }
}

struct Refused {
    std::string sent;
    std::string_view why;
};

TEST(minify, refuses_what_is_not_one_strict_json_text_and_says_where) {
    using std::string_literals::operator""s;
    const Refused table[] = {
        {"", "byte 0: the text is empty"},
        {"  ", "byte 2: the text ends where a value should be"},
        {"{", "byte 1: the text ends within"},
        {"[1,2", "byte 4: the text ends within"},
        {"{\"a\"", "byte 4: expected ':'"},
        {"{\"a\":", "byte 5: the text ends where a value"},
        {"\"abc", "byte 4: the text ends within a string"},
        {"\"abc\\", "the text ends within a string"},
        {"\"\\u12", "four hexadecimal digits"},
        {"[1,]", "byte 3: a comma without a value"},
        {"{\"a\":1,}", "byte 7: a comma without a value"},
        {"[,1]", "byte 1: expected a value"},
        {"[1 2]", "byte 3: expected ',' or ']'"},
        {"{\"a\" 1}", "byte 5: expected ':'"},
        {"{a:1}", "byte 1: expected a string"},
        {"{'a':1}", "byte 1: expected a string"},
        {"{1:1}", "byte 1: expected a string"},
        {"[1}", "byte 2: expected ',' or ']'"},
        {"{\"a\":1]", "byte 6: expected ',' or '}'"},
        {"]", "byte 0: expected a value"},
        {"// x\n1", "byte 0: expected a value"},
        {"[1/*x*/]", "byte 2: expected ','"},
        {"NaN", "expected a value"},
        {"[Infinity]", "expected a value"},
        {"-Infinity", "byte 1: expected a digit"},
        {"nul", "expected a value"},
        {"nulll", "byte 4: something follows"},
        {"True", "expected a value"},
        {"01", "a number cannot begin with 0"},
        {"-01", "a number cannot begin with 0"},
        {"+1", "expected a value"},
        {".5", "expected a value"},
        {"1.", "byte 2: expected a digit"},
        {"1.e5", "expected a digit"},
        {"1e", "byte 2: expected a digit"},
        {"1e+", "expected a digit"},
        {"-", "expected a digit"},
        {"0x10", "byte 1: something follows"},
        {"1 2", "byte 2: something follows"},
        {"{}{}", "byte 2: something follows"},
        {"\"\n\"", "byte 1: a control character"},
        {"\"\t\"", "byte 1: a control character"},
        {"\"a\0b\""s, "byte 2: a control character"},
        {"1\0"s, "byte 1: something follows"},
        {"\0"s, "byte 0: expected a value"},
        {"\xEF\xBB\xBF{}", "byte 0: a byte order mark"},
        {"\"\\x41\"", "byte 1: no such escape"},
        {"\"\\u00g0\"", "four hexadecimal digits"},
        {"\"\\ud800\"", "byte 1: half of a surrogate pair"},
        {"\"\\ud800x\"", "half of a surrogate pair"},
        {"\"\\ud800\\n\"", "half of a surrogate pair"},
        {"\"\\ud800\\u0041\"", "half of a surrogate pair"},
        {"\"\\ud800\\ud800\"", "half of a surrogate pair"},
        {"\"\\udc00\"", "half of a surrogate pair"},
        {"\"\xC0\xAF\"", "byte 1: not UTF-8"},  // overlong
        {"\"\xE0\x80\xAF\"", "not UTF-8"},      // overlong
        {"\"\xF0\x80\x80\xAF\"", "not UTF-8"},  // overlong
        {"\"\xED\xA0\x80\"", "not UTF-8"},      // a surrogate
        {"\"\xF4\x90\x80\x80\"", "not UTF-8"},  // past U+10FFFF
        {"\"\xE2\x82\"", "not UTF-8"},          // cut
        {"\"\xE2\x82", "not UTF-8"},            // cut by the end
        {"\"\x80\"", "not UTF-8"},
        {"\"\xFF\"", "not UTF-8"},
        {"[\"ok\",\"12345678\xFF\"]", "byte 15: not UTF-8"},
        {"{\"a\":1,\"a\":2}", "byte 7: the same name stands twice"},
        {"{\"a\":1,\"\\u0061\":2}", "the same name stands twice"},
        {"[{\"x\":{\"\":1,\"\":2}}]", "the same name stands twice"},
    };
    for (const Refused& row : table) {
        auto stored = minify(row.sent);
        ASSERT_FALSE(stored) << row.sent;
        EXPECT_EQ(stored.error().code, Errc::invalid_argument);
        EXPECT_THAT(stored.error().text, HasSubstr(row.why)) << row.sent;
    }
}

TEST(minify, same_name_in_different_objects_is_no_duplicate) {
    EXPECT_TRUE(minify(R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]})"));
}

std::string object_of(int names, int repeated) {
    std::string text = "{";
    for (int i = 0; i < names; ++i) text += "\"n" + std::to_string(i) + "\":0,";
    return text + "\"n" + std::to_string(repeated) + "\":1}";
}

// Few names are compared in pairs, many are sorted: both must see the repetition, and only that.
TEST(minify, repeated_name_is_seen_among_few_and_among_many) {
    for (int names : {1, 23, 24, 25, 1000}) {
        EXPECT_TRUE(minify(object_of(names, names)));
        EXPECT_FALSE(minify(object_of(names, 0)));
        EXPECT_FALSE(minify(object_of(names, names / 2)));
    }
}

std::string nested(int depth) {
    auto levels = static_cast<std::size_t>(depth);
    return std::string(levels, '[') + std::string(levels, ']');
}

TEST(minify, depth_is_bounded_before_the_stack_is) {
    EXPECT_TRUE(minify(nested(64)));
    EXPECT_FALSE(minify(nested(65)));
    EXPECT_FALSE(minify(std::string(100'000, '[')));
    std::string objects;
    for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
    EXPECT_FALSE(minify(objects));
    EXPECT_TRUE(minify(nested(3), Limits{.depth_max = 3}));
    EXPECT_FALSE(minify(nested(4), Limits{.depth_max = 3}));
    EXPECT_TRUE(minify("[[],[],[[]]]", Limits{.depth_max = 3})) << "depth, not count";
}

// Every cut of a valid text is refused, and no byte put in its place makes the reader read on.
TEST(minify, every_cut_of_an_object_is_refused) {
    std::string text = R"({"a":[1.5e3,"x\u00e9\n",true],"b":{"c":null}})";
    ASSERT_TRUE(minify(text));
    for (std::size_t bytes = 0; bytes < text.size(); ++bytes) {
        EXPECT_FALSE(minify(text.substr(0, bytes))) << bytes;
    }
}

TEST(minify, whatever_random_damage_it_accepts_is_its_own_minified_form) {
    std::mt19937 random(7);
    std::string good = R"([{"a":"b\ud83d\ude00c\"","n":-1.25e-3,"l":[[],{},null,false]},"é"])";
    int accepted = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string text = good;
        text[random() % text.size()] = static_cast<char>(random() % 128);
        auto stored = minify(text);
        if (!stored) continue;
        ++accepted;
        auto again = minify(*stored);
        ASSERT_TRUE(again) << *stored;
        ASSERT_EQ(*again, *stored);
    }
    EXPECT_GT(accepted, 1'000);
}

TEST(minify, special_bytes_are_seen_at_every_place_of_a_word) {
    for (std::size_t place = 0; place < 24; ++place) {
        std::string text(24, 'x');
        text[place] = '\x01';
        EXPECT_FALSE(minify("\"" + text + "\"")) << place;
        text[place] = '\x1F';
        EXPECT_FALSE(minify("\"" + text + "\"")) << place;
        text[place] = '\x80';
        EXPECT_FALSE(minify("\"" + text + "\"")) << place;
        text[place] = ' ';
        EXPECT_TRUE(minify("\"" + text + "\"")) << place;
        text.replace(place, 1, "\\n");
        EXPECT_EQ(minify("\"" + text + "\""), "\"" + text + "\"") << place;
    }
}

TEST(json_reader, walks_a_document_of_known_shape) {
    JsonReader reader(
        R"( {"name":"a\u0062","count":-12,"on":true,"none":null,"list":[1,[2]],"x":{}} )");
    ASSERT_TRUE(reader.enter_object());
    EXPECT_EQ(*reader.next_member(), "name");
    EXPECT_EQ(*reader.read_string(), "ab");
    EXPECT_EQ(*reader.next_member(), "count");
    EXPECT_EQ(*reader.read_int(), -12);
    EXPECT_EQ(*reader.next_member(), "on");
    EXPECT_EQ(*reader.read_bool(), true);
    EXPECT_EQ(*reader.next_member(), "none");
    EXPECT_TRUE(reader.read_null());
    EXPECT_EQ(*reader.next_member(), "list");
    ASSERT_TRUE(reader.enter_array());
    EXPECT_TRUE(*reader.next_element());
    EXPECT_EQ(*reader.read_int(), 1);
    EXPECT_TRUE(*reader.next_element());
    EXPECT_TRUE(reader.skip_value());
    EXPECT_FALSE(*reader.next_element());
    EXPECT_EQ(*reader.next_member(), "x");
    ASSERT_TRUE(reader.enter_object());
    EXPECT_EQ(*reader.next_member(), std::nullopt);
    EXPECT_EQ(*reader.next_member(), std::nullopt);
    EXPECT_TRUE(reader.finish());
}

TEST(json_reader, says_what_it_found_instead) {
    JsonReader reader("[1]");
    auto entered = reader.enter_object();
    ASSERT_FALSE(entered);
    EXPECT_EQ(entered.error().text, "JSON, byte 0: expected an object, found an array");
    EXPECT_EQ(JsonReader("1.5").read_int().error().text, "JSON, byte 0: not an integer of 64 bits");
    EXPECT_FALSE(JsonReader("9223372036854775808").read_int());
    EXPECT_FALSE(JsonReader("null").read_string());
}

TEST(json_reader, repeated_member_is_refused) {
    JsonReader reader(R"({"a":1,"a":2})");
    ASSERT_TRUE(reader.enter_object());
    ASSERT_EQ(*reader.next_member(), "a");
    ASSERT_TRUE(reader.skip_value());
    EXPECT_FALSE(reader.next_member());
}

TEST(json_writer, separates_and_nests_by_itself) {
    JsonWriter writer;
    writer.begin_object().member("a", 1).member("b", true).key("c").begin_array();
    writer.value("x").value(2.5).null().begin_object().end_object().end_array();
    writer.key("d").raw("[1]").end_object();
    EXPECT_EQ(std::move(writer).take(), R"({"a":1,"b":true,"c":["x",2.5,null,{}],"d":[1]})");
}

// The expected text is what Python 3.11's json.dumps prints for the same values.
TEST(json_writer, prints_as_pythons_json_dumps_does_when_asked_to) {
    JsonWriter writer({.escape_non_ascii = true, .spaced = true});
    writer.begin_object().member("title", "caf\xC3\xA9 \xF0\x9F\x98\x80 \"q\" \\ \n \x01 \x7F");
    writer.key("values").begin_array();
    for (double number : {-89.9787, 1.0, 1e16, 1e15, 0.0001, 0.00001, 1.5e300, -0.0, 0.1 + 0.2}) {
        writer.value(number);
    }
    writer.end_array().end_object();
    EXPECT_EQ(std::move(writer).take(),
              R"({"title": "caf\u00e9 \ud83d\ude00 \"q\" \\ \n \u0001 \u007f", "values": )"
              R"([-89.9787, 1.0, 1e+16, 1000000000000000.0, 0.0001, 1e-05, 1.5e+300, -0.0, )"
              R"(0.30000000000000004]})");
}

TEST(json_writer, numbers_at_their_edges) {
    JsonWriter writer({.whole_doubles_as_integers = true});
    writer.begin_array();
    writer.value(std::numeric_limits<std::int64_t>::min());
    writer.value(std::numeric_limits<std::uint64_t>::max());
    writer.value(3.0).value(1e20).value(std::nan("")).value(HUGE_VAL).value(1.25);
    writer.end_array();
    EXPECT_EQ(std::move(writer).take(),
              "[-9223372036854775808,18446744073709551615,3,1e+20,null,null,1.25]");
}

TEST(json_writer, whatever_bytes_it_is_given_json_comes_out) {
    std::mt19937 random(3);
    for (int round = 0; round < 2'000; ++round) {
        std::string bytes(random() % 20, '\0');
        for (char& c : bytes) c = static_cast<char>(random());
        for (bool escaped : {false, true}) {
            JsonWriter writer({.escape_non_ascii = escaped});
            writer.begin_object().member(bytes, bytes).end_object();
            ASSERT_TRUE(minify(writer.text())) << writer.text();
        }
    }
    std::string text;
    append_string(text,
                  "a\xFF"
                  "b");
    EXPECT_EQ(text,
              "\"a\xEF\xBF\xBD"
              "b\"");
}

}  // namespace
}  // namespace pinflow::json
