// SPDX-License-Identifier: Apache-2.0
// The examples are those of java.util.Properties.load's documentation, and what clients write.
#include "app/properties_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pinflow::app {
namespace {

using testing::ElementsAre;
using testing::Pair;

std::vector<std::pair<std::string, std::string>> read(std::string_view text) {
    auto properties = parse_properties(text);
    EXPECT_TRUE(properties) << properties.error().text;
    std::vector<std::pair<std::string, std::string>> pairs;
    for (const Property& one : properties.value_or(std::vector<Property>{}))
        pairs.emplace_back(one.key, one.value);
    return pairs;
}

TEST(PropertiesText, a_key_ends_at_an_equals_sign_a_colon_or_white_space) {
    EXPECT_THAT(read("Truth = Beauty\n  Truth:Beauty\nTruth\t\t\t:Beauty\nTruth Beauty\n"),
                ElementsAre(Pair("Truth", "Beauty"), Pair("Truth", "Beauty"),
                            Pair("Truth", "Beauty"), Pair("Truth", "Beauty")));
    EXPECT_THAT(read("cheeses\na==b\nc = d = e \n"),
                ElementsAre(Pair("cheeses", ""), Pair("a", "=b"), Pair("c", "d = e ")));
    EXPECT_THAT(read("a\\=b\\ c\\:d=1"), ElementsAre(Pair("a=b c:d", "1")));
}

TEST(PropertiesText, a_line_goes_on_behind_an_odd_number_of_backslashes) {
    EXPECT_THAT(
        read("fruits   apple, banana, pear, \\\r\n"
             "         cantaloupe, \\\n\t  kiwi\nnext=1"),
        ElementsAre(Pair("fruits", "apple, banana, pear, cantaloupe, kiwi"), Pair("next", "1")));
    EXPECT_THAT(read("a=1\\\\\nb=2"), ElementsAre(Pair("a", "1\\"), Pair("b", "2")));
    EXPECT_THAT(read("a=1\\\n# no comment"), ElementsAre(Pair("a", "1# no comment")));
    EXPECT_THAT(read("a=1\\"), ElementsAre(Pair("a", "1")));
}

TEST(PropertiesText, comments_and_blank_lines_are_nothing) {
    EXPECT_THAT(read("# a=1 \\\n  ! b=2\n \t \f\n\r\rc=3\r"), ElementsAre(Pair("c", "3")));
    EXPECT_TRUE(read("").empty());
}

TEST(PropertiesText, escapes_and_the_letters_of_latin_1_become_utf_8) {
    EXPECT_THAT(read("a=\\t\\n\\q\\\"\\u00e4\\u20AC\\ud83d\\ude00"),
                ElementsAre(Pair("a", "\t\nq\"\u00e4\u20ac\U0001f600")));
    EXPECT_THAT(read("a=Zo\xeb"), ElementsAre(Pair("a", "Zo\u00eb")));
}

TEST(PropertiesText, a_broken_escape_is_told_by_its_line_alone) {
    for (std::string_view wrong : {"a=\\u12", "a=\\uxyz0", "a=\\ud83d", "a=\\ude00", "\\u1=b"}) {
        auto refused = parse_properties("x=canary\n" + std::string(wrong));
        ASSERT_FALSE(refused) << wrong;
        EXPECT_THAT(refused.error().text, testing::HasSubstr("line 2"));
    }
}

TEST(PropertiesText, lines_are_counted_as_an_editor_counts_them) {
    auto properties = *parse_properties("# one\r\na=1\\\r\n  2\r\nb=3");
    ASSERT_EQ(properties.size(), 2u);
    EXPECT_EQ(properties[0].line, 2);
    EXPECT_EQ(properties[1].line, 4);
}

}  // namespace
}  // namespace pinflow::app
