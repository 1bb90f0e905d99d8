// SPDX-License-Identifier: Apache-2.0
// Every expected number here was printed by CPython 3 or stands in published runs of the course.
#include "pinterest/dice.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "pinterest/walk.h"

namespace pinflow::pinterest {
namespace {

struct Walked {
    std::vector<std::int64_t> rows;
    std::vector<std::int64_t> sleeps;
};

Walked walked(CourseWalk walk, int draws) {
    Walked run;
    for (int i = 0; i < draws; ++i) {
        auto draw = walk.next();
        run.rows.push_back(draw.row);
        run.sleeps.push_back(static_cast<std::int64_t>(draw.sleep_s));
    }
    return run;
}

TEST(CourseWalk, draws_the_published_rows_and_sleeps) {
    Walked run = walked(CourseWalk(CourseWalk::kSeed, 11'154), 20);
    EXPECT_EQ(run.rows, (std::vector<std::int64_t>{7528, 2863, 5730, 8304, 8731, 1313, 4315,
                                                   10794, 5494, 5069, 2923, 3089, 6063, 3454,
                                                   7554, 6145, 10625, 2959, 9875, 2418}));
    EXPECT_EQ(run.sleeps, (std::vector<std::int64_t>{0, 1, 1, 1, 0, 0, 1, 0, 0, 0,
                                                     0, 0, 1, 1, 1, 1, 0, 0, 0, 1}));
}

TEST(CourseWalk, meets_as_many_distinct_rows_as_the_script_did) {
    auto distinct = [](int draws) {
        Walked run = walked(CourseWalk(100, 11'154), draws);
        return std::set(run.rows.begin(), run.rows.end()).size();
    };
    EXPECT_EQ(distinct(100), 100);
    EXPECT_EQ(distinct(500), 494);
    EXPECT_EQ(distinct(1'000), 963);
    EXPECT_EQ(distinct(5'000), 4'014);
    EXPECT_EQ(distinct(11'001), 6'981);
    EXPECT_EQ(distinct(30'000), 10'276);
}

TEST(CourseWalk, never_leaves_a_small_source_nor_row_11000_of_a_big_one) {
    EXPECT_EQ(walked(CourseWalk(100, 500), 6).rows,
              (std::vector<std::int64_t>{235, 487, 361, 374, 221, 272}));
    EXPECT_EQ(walked(CourseWalk(100, 1), 3).rows, (std::vector<std::int64_t>{0, 0, 0}));
    EXPECT_EQ(walked(CourseWalk(100, 1'000'000), 20).rows, walked(CourseWalk(100, 11'001), 20).rows);
}

TEST(SequentialWalk, takes_each_row_once_and_ends) {
    SequentialWalk walk(2, 0.5);
    EXPECT_EQ(walk.next()->row, 0);
    auto second = walk.next();
    EXPECT_EQ(second->row, 1);
    EXPECT_EQ(second->sleep_s, 0.5);
    EXPECT_FALSE(walk.next());
    EXPECT_FALSE(walk.next());
}

TEST(Dice, variants_of_the_script_draw_their_own_published_rows) {
    std::vector<std::int64_t> uniform_first;
    std::vector<std::int64_t> row_first;
    Dice one(100);
    Dice other(100);
    for (int i = 0; i < 6; ++i) {
        one.uniform(0, 2);
        uniform_first.push_back(one.randint(0, 11'000));
        row_first.push_back(other.randint(0, 11'000));
        other.randrange(0, 2);
    }
    EXPECT_EQ(uniform_first, (std::vector<std::int64_t>{7453, 2863, 5730, 1801, 1313, 4315}));
    EXPECT_EQ(row_first, (std::vector<std::int64_t>{2386, 7453, 6439, 7102, 8731, 1313}));
}

TEST(Dice, are_cpythons_for_every_call_and_kind_of_seed) {
    struct Case {
        std::int64_t seed;
        std::uint64_t bits_1, bits_32, bits_33, bits_64;
        double random, uniform;
        std::int64_t range;
    };
    const Case cases[] = {
        {0, 1, 1654615998, 7550356652, 746805015404516437, 0.25891675029296335, 1.0901977709488682, 824432522809},
        {1, 0, 2444712010, 7934667487, 1164115433906158532, 0.2550690257394217, 0.9634806967355276, 37017667747},
        {-100, 0, 1973661107, 6248863897, 3223522406640522848, 0.705513226934028, 2.855671784266046, 114258459995},
        {1099511627781, 1, 2220160828, 5448614569, 505956256775690464, 0.530959239292452, 3.5437145730416013, 674645192454},
        {INT64_MIN, 1, 1691753470, 4039908392, 17878840250213816042u, 0.8512870110731147, -2.3219541694468173, -266617037260},
    };
    for (const Case& c : cases) {
        Dice dice(c.seed);
        EXPECT_EQ(dice.getrandbits(1), c.bits_1) << c.seed;
        EXPECT_EQ(dice.getrandbits(32), c.bits_32) << c.seed;
        EXPECT_EQ(dice.getrandbits(33), c.bits_33) << c.seed;
        EXPECT_EQ(dice.getrandbits(64), c.bits_64) << c.seed;
        EXPECT_EQ(dice.getrandbits(0), 0u) << c.seed;
        EXPECT_EQ(dice.random(), c.random) << c.seed;
        EXPECT_EQ(dice.uniform(-3, 5), c.uniform) << c.seed;
        EXPECT_EQ(dice.randrange(-1'000'000'000'000, 1'000'000'000'000), c.range) << c.seed;
    }
}

}  // namespace
}  // namespace pinflow::pinterest
