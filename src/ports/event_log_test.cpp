// SPDX-License-Identifier: Apache-2.0
#include "ports/event_log.h"

#include <gtest/gtest.h>

namespace pinflow {
namespace {

TEST(Life, tells_what_was_made_anew_from_what_was_noted_where_it_can_be_told) {
    EXPECT_TRUE(may_be_same({1, ""}, {1, ""}));
    EXPECT_FALSE(may_be_same({1, ""}, {2, ""}));
    EXPECT_TRUE(may_be_same({0, "cluster/a"}, {0, "cluster/a"}));
    EXPECT_FALSE(may_be_same({0, "cluster/a"}, {0, "cluster/b"}));
}

TEST(Life, who_tells_nothing_or_is_elsewhere_may_be_what_was_noted) {
    EXPECT_TRUE(may_be_same({0, ""}, {0, ""}));
    EXPECT_TRUE(may_be_same({1, ""}, {0, ""}));
    EXPECT_TRUE(may_be_same({0, ""}, {2, ""}));
    EXPECT_TRUE(may_be_same({0, "cluster/a"}, {0, ""}));
    EXPECT_TRUE(may_be_same({1, ""}, {0, "cluster/a"})) << "brought from here to there";
    EXPECT_TRUE(may_be_same({0, "cluster/a"}, {1, ""})) << "and back";
    EXPECT_TRUE(may_be_same({0, "one/a"}, {0, "two/b"})) << "from one to the other";
    EXPECT_TRUE(may_be_same({0, "one/a"}, {0, "another/b"}));
}

}  // namespace
}  // namespace pinflow
