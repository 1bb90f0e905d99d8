// SPDX-License-Identifier: Apache-2.0
#include "app/kept_places.h"

#include <gtest/gtest.h>

#include "base/reactor.h"
#include "memory/memory_work_book.h"

namespace pinflow::app {
namespace {

TEST(kept_places, another_place_is_refused_until_it_is_said_that_all_has_moved) {
    memory::MemoryWorkBook book;
    ASSERT_TRUE(keep_places(book, {{"topics", kHere}, {"tables", "s3://a/b"}}, false));
    ASSERT_TRUE(keep_places(book, {{"topics", kHere}, {"tables", "s3://a/b"}}, false));
    Status refused = keep_places(book, {{"topics", "Kafka cluster x"}}, false);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::invalid_argument);
    for (const char* word : {"topics", "here", "Kafka cluster x", "--moved", "--data-dir"})
        EXPECT_NE(refused.error().text.find(word), std::string::npos) << refused.error().text;
    ASSERT_TRUE(keep_places(book, {{"topics", "Kafka cluster x"}}, true));
    EXPECT_TRUE(keep_places(book, {{"topics", "Kafka cluster x"}}, false));
    EXPECT_FALSE(keep_places(book, {{"topics", kHere}}, false));
    EXPECT_FALSE(keep_places(book, {{"tables", kHere}}, false));
}

TEST(kept_places, progress_that_is_older_than_this_note_was_made_here) {
    memory::MemoryWorkBook book;
    ASSERT_TRUE(run_here(book.commit({{"sink/u.pin/0", "7"}})));
    EXPECT_FALSE(keep_places(book, {{"topics", "Kafka cluster x"}}, false));
    EXPECT_TRUE(keep_places(book, {{"topics", kHere}}, false));
}

}  // namespace
}  // namespace pinflow::app
