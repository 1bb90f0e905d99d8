// SPDX-License-Identifier: Apache-2.0
#include "base/secret_text.h"

#include <gtest/gtest.h>

namespace pinflow {
namespace {

TEST(SecretText, a_secret_is_hidden_wherever_it_stands) {
    EXPECT_EQ(without_secrets("you sent canary, canary", {"canary"}), "you sent ***, ***");
    EXPECT_EQ(without_secrets("nothing in it", {"canary"}), "nothing in it");
    EXPECT_EQ(without_secrets("Access denied", {"", "s"}), "Access denied");
    EXPECT_EQ(without_secrets("", {"canary"}), "");
}

TEST(SecretText, it_is_one_line_that_moves_no_cursor) {
    EXPECT_EQ(without_secrets("a\r\nb\x1b[2J\x7f", {}), "a  b [2J ");
}

TEST(SecretText, as_urls_write_it_too) {
    EXPECT_EQ(without_secrets("?p=a%2Fcanary%2B%26&q", {"a/canary+&"}), "?p=***&q");
}

TEST(SecretText, a_cut_text_does_not_end_in_a_secrets_beginning) {
    EXPECT_EQ(without_secrets("you sent canary-0123", {"canary-0123456789"}), "you sent ***");
    EXPECT_EQ(without_secrets("you sent canary-0", {"canary-0123456789"}), "you sent ***");
    EXPECT_EQ(without_secrets("you sent canary-01 ...", {"canary-0123456789"}), "you sent *** ...");
    EXPECT_EQ(without_secrets("no password is set", {"password123"}), "no password is set")
        << "who reads it would know how the secret begins";
}

TEST(SecretText, what_signs_a_request_is_hidden_unasked) {
    EXPECT_EQ(
        without_secrets("GET /?X-Amz-Signature=0123456789ab&X-Amz-Security-Token=a%2Fb%3Dcdef "
                        "HTTP, Authorization: Bearer 0123456789ab",
                        {}),
        "GET /?X-Amz-Signature=***&X-Amz-Security-Token=*** HTTP, Authorization: Bearer ***");
    EXPECT_EQ(without_secrets("Authorization: basic YW5hOnNlY3JldA==, SIGNATURE=0123456789ab", {}),
              "Authorization: basic ***, SIGNATURE=***");
    EXPECT_EQ(without_secrets("a basic rule of bearer tokens", {}),
              "a basic rule of bearer tokens");
}

}  // namespace
}  // namespace pinflow
