// SPDX-License-Identifier: Apache-2.0
// What every twin of ports/work_book.h promises.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "base/reactor.h"
#include "ports/work_book.h"

namespace pinflow::contract {

struct WorkBookUnderTest {
    std::shared_ptr<WorkBook> book;  // empty
    std::shared_ptr<void> owner;
};

class WorkBookContract : public testing::TestWithParam<std::function<WorkBookUnderTest()>> {
protected:
    using Pairs = std::vector<std::pair<std::string, std::string>>;

    void commit(std::vector<WorkChange> changes) {
        ASSERT_TRUE(run_here(under_.book->commit(std::move(changes))).has_value());
    }
    std::optional<std::string> get(std::string key) {
        return run_here(under_.book->get(std::move(key))).value();
    }
    Pairs list(std::string prefix) {
        return run_here(under_.book->list(std::move(prefix))).value();
    }

    WorkBookUnderTest under_ = GetParam()();
};

TEST_P(WorkBookContract, what_is_committed_is_there_and_what_is_removed_is_not) {
    EXPECT_EQ(get("k"), std::nullopt);
    std::string binary("a\0b\xff", 4);
    commit({{"k", binary}, {"l", ""}});
    EXPECT_EQ(get("k"), binary);
    EXPECT_EQ(get("l"), "");
    commit({{"k", std::nullopt}, {"l", "2"}, {"none", std::nullopt}});
    EXPECT_EQ(get("k"), std::nullopt);
    EXPECT_EQ(get("l"), "2");
}

TEST_P(WorkBookContract, the_last_change_of_a_key_in_one_commit_holds) {
    commit({{"k", "1"}, {"k", std::nullopt}, {"k", "3"}});
    EXPECT_EQ(get("k"), "3");
}

// The wild cards of SQL are letters like any other here.
TEST_P(WorkBookContract, list_gives_the_keys_of_a_prefix_in_order) {
    commit(
        {{"a%/2", "x"}, {"a%/1", "y"}, {"a%0", "z"}, {"ab/1", "n"}, {"a_/1", "m"}, {"A%/1", "o"}});
    EXPECT_EQ(list("a%/"), (Pairs{{"a%/1", "y"}, {"a%/2", "x"}}));
    EXPECT_EQ(list("a_"), (Pairs{{"a_/1", "m"}}));
    EXPECT_EQ(list("none"), Pairs{});
    EXPECT_EQ(list("").size(), 6u);
}

}  // namespace pinflow::contract
