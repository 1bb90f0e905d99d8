// SPDX-License-Identifier: Apache-2.0
#include "gateway/route.h"

#include <gtest/gtest.h>

namespace pinflow::gateway {
namespace {

TEST(route, stage_is_the_first_segment_unless_it_is_a_word_of_the_root) {
    EXPECT_EQ(parse_route("/prod/topics/u.pin")->stage, "prod");
    EXPECT_EQ(parse_route("/prod/topics/u.pin")->path(), "/topics/u.pin");
    EXPECT_EQ(parse_route("/topics/u.pin")->stage, "");
    EXPECT_EQ(parse_route("/streams/streams/record")->path(), "/streams/streams/record");
    EXPECT_EQ(parse_route("/prod")->stage, "prod");
    EXPECT_EQ(parse_route("/prod")->path(), "/");
    EXPECT_EQ(parse_route("*")->stage, "*");
}

TEST(route, parameters_are_decoded_and_the_first_counts) {
    auto route = parse_route("/streams?a=1&b=%26x+y&a=2&c&d=&%65=5&=6");
    EXPECT_EQ(route->parameter("a"), "1");
    EXPECT_EQ(route->parameter("b"), "&x+y");
    EXPECT_EQ(route->parameter("c"), "");
    EXPECT_EQ(route->parameter("d"), "");
    EXPECT_EQ(route->parameter("e"), "5");
    EXPECT_EQ(route->parameter("f"), std::nullopt);
    EXPECT_EQ(parse_route("/a?x=%zz")->parameter("x"), std::nullopt);
    EXPECT_EQ(parse_route("/a?b?c=1")->parameter("b?c"), "1");
}

}  // namespace
}  // namespace pinflow::gateway
