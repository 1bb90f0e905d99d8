// SPDX-License-Identifier: Apache-2.0
// Races, repeats and lost answers.
#include "lake/committer.h"

#include <gmock/gmock.h>

#include <thread>

#include "lake/lake_test_fixture.h"

namespace pinflow::lake {
namespace {

class CommitterTest : public LakeFixture {};

TEST_F(CommitterTest, a_repeated_batch_adds_and_uploads_nothing) {
    auto pins = new_table();
    ASSERT_TRUE(append(*pins, {rows(0, 10)}, 7));
    auto before = keys("pins/");
    for (std::int64_t number : {7, 6}) {
        auto again = append(*table(), {rows(0, 10)}, number);
        ASSERT_TRUE(again) << again.error().text;
        EXPECT_TRUE(again->is_repeat);
        EXPECT_EQ(again->version, 1);
    }
    EXPECT_EQ(keys("pins/"), before);
    EXPECT_EQ(read(*pins).row_count(), 10);
    EXPECT_FALSE(append(*pins, {rows(10, 10)}, 7, "another app")->is_repeat);
    EXPECT_EQ(read(*pins).row_count(), 20);
}

TEST_F(CommitterTest, a_racing_append_and_ours_are_both_kept) {
    auto pins = new_table();
    auto rival = table();
    bool raced = false;
    watched_.before_put = [&](const std::string& key) {
        if (raced || key != entry(1)) return;
        raced = true;
        ASSERT_TRUE(append(*rival, {rows(100, 5)}, 1, "rival"));
    };
    auto ours = append(*pins, {rows(0, 10)}, 1);
    ASSERT_TRUE(ours) << ours.error().text;
    EXPECT_TRUE(raced);
    EXPECT_EQ(ours->version, 2);
    EXPECT_EQ(read(*pins).row_count(), 15);
    EXPECT_EQ(read(*pins).batches, (std::map<std::string, std::int64_t>{{"app", 1}, {"rival", 1}}));
}

TEST_F(CommitterTest, a_racing_append_of_the_same_batch_makes_ours_a_repeat_without_leftovers) {
    auto pins = new_table();
    auto twin = table();
    bool raced = false;
    watched_.before_put = [&](const std::string& key) {
        if (raced || key != entry(1)) return;
        raced = true;
        ASSERT_TRUE(append(*twin, {rows(0, 10)}, 1));
    };
    auto ours = append(*pins, {rows(0, 10)}, 1);
    ASSERT_TRUE(ours) << ours.error().text;
    EXPECT_TRUE(ours->is_repeat);
    EXPECT_EQ(read(*pins).row_count(), 10);
    EXPECT_EQ(keys("pins/part-").size(), 1U);
}

TEST_F(CommitterTest, a_racing_replace_of_the_schema_is_a_conflict_for_an_append) {
    auto pins = new_table();
    bool raced = false;
    watched_.before_put = [&](const std::string& key) {
        if (raced || key != entry(1)) return;
        raced = true;
        ASSERT_TRUE(run_here(table()->replace({{"id", ColumnType::int32}}, {})));
    };
    auto ours = append(*pins, {rows(0, 10)}, 1);
    ASSERT_FALSE(ours);
    EXPECT_EQ(ours.error().code, Errc::conflict);
    EXPECT_TRUE(keys("pins/part-").empty());
}

TEST_F(CommitterTest, a_replace_removes_what_a_racing_append_added) {
    auto pins = new_table();
    bool raced = false;
    watched_.before_put = [&](const std::string& key) {
        if (raced || key != entry(1)) return;
        raced = true;
        ASSERT_TRUE(append(*table(), {rows(100, 5)}, 1, "rival"));
    };
    auto replaced = run_here(pins->replace(schema(), {rows(0, 3)}));
    ASSERT_TRUE(replaced) << replaced.error().text;
    EXPECT_EQ(replaced->version, 2);
    EXPECT_EQ(read(*table()).row_count(), 3);
}

TEST_F(CommitterTest, a_writer_that_always_loses_gives_up_after_its_tries) {
    auto pins = new_table();
    std::int64_t number = 0;
    bool inside = false;
    watched_.before_put = [&](const std::string& key) {
        if (inside || !key.contains("_delta_log")) return;
        inside = true;
        ASSERT_TRUE(append(*table(), {}, ++number, "rival"));
        inside = false;
    };
    auto ours = append(*pins, {rows(0, 10)}, 1);
    ASSERT_FALSE(ours);
    EXPECT_EQ(ours.error().code, Errc::conflict);
    EXPECT_EQ(number, kCommitTriesMax);
    EXPECT_TRUE(keys("pins/part-").empty());
}

TEST_F(CommitterTest, four_writers_at_once_lose_nothing) {
    new_table();
    std::vector<std::jthread> writers;
    std::vector<std::vector<TableFile>> batches(4);
    for (std::size_t writer = 0; writer < batches.size(); ++writer)
        for (int batch = 0; batch < 5; ++batch)
            batches[writer].push_back(
                rows(static_cast<std::int64_t>(writer) * 100 + batch * 10, 10));
    for (std::size_t writer = 0; writer < batches.size(); ++writer)
        writers.emplace_back([&, writer] {
            auto pins = table();
            std::int64_t number = 0;
            for (const TableFile& file : batches[writer]) {
                auto committed = append(*pins, {file}, ++number, fmt::format("w{}", writer));
                EXPECT_TRUE(committed) << committed.error().text;
            }
        });
    writers.clear();
    TableSnapshot snapshot = read(*table());
    EXPECT_EQ(snapshot.version, 20);
    EXPECT_EQ(ask(snapshot, "SELECT count(DISTINCT id) FROM t"), 200);
}

TEST_F(CommitterTest, one_handle_may_be_used_by_several_threads) {
    auto pins = new_table();
    std::vector<TableFile> files;
    for (int batch = 0; batch < 8; ++batch) files.push_back(rows(batch, 1));
    std::vector<std::jthread> threads;
    for (std::size_t at = 0; at < files.size(); ++at)
        threads.emplace_back([&, at] {
            EXPECT_TRUE(append(*pins, {files[at]}, 1, fmt::format("app{}", at)));
            EXPECT_GE(read(*pins).version, 1);
        });
    threads.clear();
    EXPECT_EQ(read(*pins).row_count(), 8);
}

TEST_F(CommitterTest, a_commit_whose_answer_was_lost_is_known_again) {
    if (s3_) GTEST_SKIP() << "only the store in memory fails when told to";
    auto pins = new_table();
    TableFile file = rows(0, 10);
    watched_.before_put = [&](const std::string& key) {
        if (key == entry(1))
            memory_.fail_puts(1, memory::MemoryObjectStore::PutFault::after_effect);
    };
    auto committed = append(*pins, {file}, 1);
    ASSERT_TRUE(committed) << committed.error().text;
    EXPECT_FALSE(committed->is_repeat);
    EXPECT_EQ(committed->version, 1);
    EXPECT_EQ(read(*table()).row_count(), 10);
}

TEST_F(CommitterTest, a_commit_that_failed_leaves_the_table_as_it_was_and_can_be_repeated) {
    if (s3_) GTEST_SKIP() << "only the store in memory fails when told to";
    auto pins = new_table();
    bool fails = true;
    watched_.before_put = [&](const std::string& key) {
        if (fails && key == entry(1))
            memory_.fail_puts(1, memory::MemoryObjectStore::PutFault::before_effect);
    };
    auto failed = append(*pins, {rows(0, 10)}, 1);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, Errc::io);
    EXPECT_EQ(read(*pins).row_count(), 0);
    fails = false;
    ASSERT_TRUE(append(*pins, {rows(0, 10)}, 1));
    EXPECT_EQ(read(*pins).row_count(), 10);
}

TEST_F(CommitterTest, a_commit_names_only_objects_that_are_there) {
    auto pins = new_table();
    watched_.before_put = [&](const std::string& key) {
        if (key.contains("_delta_log")) EXPECT_EQ(keys("pins/part-").size(), 2U);
    };
    ASSERT_TRUE(append(*pins, {rows(0, 10), rows(10, 10)}, 1));
}

}  // namespace
}  // namespace pinflow::lake
