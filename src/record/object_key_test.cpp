// SPDX-License-Identifier: Apache-2.0
#include "record/object_key.h"

#include <gtest/gtest.h>

namespace pinflow {
namespace {

TEST(ObjectKey, keys_are_utf8_of_at_most_1024_bytes_in_components_of_at_most_255) {
    EXPECT_TRUE(check_key("é/ü/日本/😀 and space?*:\\"));
    EXPECT_TRUE(check_key(std::string(255, 'a')));
    std::string longest = std::string(255, 'a') + "/" + std::string(255, 'b') + "/" +
                          std::string(255, 'c') + "/" + std::string(254, 'd') + "/e";
    ASSERT_EQ(longest.size(), 1'024u);
    EXPECT_TRUE(check_key(longest));
    EXPECT_FALSE(check_key(longest + "f"));
    for (std::string_view bad :
         {"\xff", "a\xc0\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe2\x82"}) {
        EXPECT_TRUE(check_key(bad).error().text.starts_with("InvalidKey"));
    }
    EXPECT_FALSE(check_bucket(".tmp"));
    EXPECT_FALSE(check_bucket("a/b"));
    EXPECT_FALSE(check_bucket(""));
    EXPECT_TRUE(check_bucket("user-0a1-bucket"));
}

}  // namespace
}  // namespace pinflow
