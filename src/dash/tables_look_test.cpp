// SPDX-License-Identifier: Apache-2.0
#include "dash/tables_look.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "memory/hand_clock.h"

namespace pinflow::dash {
namespace {

using testing::HasSubstr;

// Its listing waits for a gate, and then fails where it is told to.
class SlowLake final : public Lake {
public:
    Result<std::unique_ptr<Table>> table(std::string name) override {
        return fail(Errc::not_found, name);
    }
    Task<Result<std::vector<std::string>>> list_tables() override {
        if (gate.valid()) gate.wait();
        if (!problem.empty()) co_return fail(Errc::unavailable, problem);
        co_return std::vector<std::string>{};
    }
    Result<std::string> staging_path() override { return fail(Errc::unsupported, ""); }

    std::shared_future<void> gate;
    std::string problem;
};

TEST(TablesLook, a_failure_is_told_and_over_when_the_store_is_back) {
    SlowLake lake;
    memory::HandClock clock;
    TablesLook look(lake, clock);
    EXPECT_EQ(look.latest().problem, "");
    lake.problem = "http://store: away";
    EXPECT_EQ(look.latest().problem, "http://store: away");
    EXPECT_EQ(look.latest().json, "[]");
    lake.problem = "";
    EXPECT_EQ(look.latest().problem, "");
}

TEST(TablesLook, a_store_that_is_silent_holds_nobody_up) {
    std::promise<void> gate;
    SlowLake lake;
    lake.gate = gate.get_future().share();
    memory::HandClock clock;
    TablesLook look(lake, clock);
    EXPECT_THAT(look.latest().problem, HasSubstr("has not answered"));
    EXPECT_THAT(look.latest().problem, HasSubstr("has not answered"));
    gate.set_value();
    while (!look.latest().problem.empty()) {
    }
}

// Many tables far away take longer than a page waits: that alone is no problem.
TEST(TablesLook, a_look_that_takes_long_is_told_after_a_while) {
    SlowLake lake;
    memory::HandClock clock;
    TablesLook look(lake, clock);
    EXPECT_EQ(look.latest().problem, "");
    std::promise<void> gate;
    lake.gate = gate.get_future().share();
    EXPECT_EQ(look.latest().problem, "");
    clock.advance_us(TablesLook::kSlowUs + 1);
    EXPECT_THAT(look.latest().problem, HasSubstr("slow to answer"));
    gate.set_value();
}

}  // namespace
}  // namespace pinflow::dash
