// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>
#include <vector>

#include "base/byte_budget.h"
#include "base/crash_point.h"

namespace pinflow {
namespace {

TEST(ByteBudget, gives_no_more_than_it_has_and_takes_back_what_goes) {
    ByteBudget budget(100);
    auto first = budget.try_lease(60);
    ASSERT_TRUE(first.has_value());
    EXPECT_FALSE(budget.try_lease(41).has_value());
    EXPECT_FALSE(first->try_grow(41));
    EXPECT_EQ(first->bytes(), 60u);
    EXPECT_TRUE(first->try_grow(40));
    EXPECT_EQ(budget.held_bytes(), 100u);
    EXPECT_EQ(budget.refused(), 2);
    first->shrink_to(10);
    EXPECT_EQ(budget.held_bytes(), 10u);
    {
        ByteLease moved = *std::move(first);
        EXPECT_EQ(moved.bytes(), 10u);
    }
    EXPECT_EQ(budget.held_bytes(), 0u);
    EXPECT_FALSE(budget.try_lease(UINT64_MAX).has_value());
}

TEST(ByteBudget, who_must_leave_room_is_refused_before_who_need_not) {
    ByteBudget budget(100);
    EXPECT_FALSE(budget.try_lease(76, 25).has_value());
    auto lease = budget.try_lease(75, 25);
    ASSERT_TRUE(lease.has_value());
    EXPECT_FALSE(lease->try_grow(1, 25));
    EXPECT_FALSE(budget.try_lease(0, 26).has_value());
    EXPECT_TRUE(lease->try_grow(25));
}

TEST(ByteBudget, who_can_do_with_less_gets_at_most_half_of_what_is_left) {
    ByteBudget budget(100);
    auto whole = budget.lease_up_to(30, 10);
    ASSERT_TRUE(whole.has_value());
    EXPECT_EQ(whole->bytes(), 30u);
    auto half = budget.lease_up_to(60, 10);
    ASSERT_TRUE(half.has_value());
    EXPECT_EQ(half->bytes(), 35u);
    EXPECT_FALSE(budget.lease_up_to(60, 18).has_value());
    EXPECT_EQ(budget.refused(), 1);
}

TEST(ByteBudget, many_threads_never_hold_more_than_the_limit) {
    ByteBudget budget(10);
    std::atomic<bool> was_over = false;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int turn = 0; turn < 20'000; ++turn) {
                auto lease = budget.try_lease(3);
                if (budget.held_bytes() > 10) was_over = true;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_FALSE(was_over);
    EXPECT_EQ(budget.held_bytes(), 0u);
}

// Runs in a child: how it ended, as waitpid tells it.
int status_of_child(std::string_view armed, int passings) {
    pid_t child = ::fork();
    if (child == 0) {
        if (!arm_crash_point_from(armed)) ::_exit(9);
        for (int i = 0; i < passings; ++i) crash_point("there");
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return status;
}

TEST(CrashPoint, kills_at_the_ordered_passing_and_not_before) {
    EXPECT_EQ(WTERMSIG(status_of_child("there", 1)), SIGKILL);
    EXPECT_EQ(WTERMSIG(status_of_child("there:3", 3)), SIGKILL);
    EXPECT_EQ(status_of_child("there:3", 2), 0);
    EXPECT_EQ(status_of_child("elsewhere", 3), 0);
    EXPECT_EQ(status_of_child("", 3), 0);
    for (std::string_view malformed : {"there:", "there:0", "there:x", ":1"}) {
        EXPECT_EQ(WEXITSTATUS(status_of_child(malformed, 0)), 9) << malformed;
    }
}

}  // namespace
}  // namespace pinflow
