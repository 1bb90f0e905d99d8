// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "base/hash.h"
#include "base/reactor.h"
#include "sqlite/sqlite_work_book.h"

namespace pinflow::sqlite {
namespace {

class SqliteTest : public testing::Test {
protected:
    void SetUp() override { std::filesystem::create_directories(folder); }
    void TearDown() override { std::filesystem::remove_all(folder); }

    std::string folder = std::filesystem::temp_directory_path() / ("sqlite_test." + random_uuid());
    std::string path = folder + "/book.sqlite";
};

TEST_F(SqliteTest, committed_changes_are_there_after_reopening) {
    {
        auto book = *SqliteWorkBook::open(path);
        ASSERT_TRUE(run_here(book->commit({{"sink/a", "1"}, {"sink/b", std::string("\0x", 2)}, {"other", ""}})));
        ASSERT_TRUE(run_here(book->commit({{"sink/a", std::nullopt}, {"sink/c", "3"}})));
    }
    auto book = *SqliteWorkBook::open(path);
    using Pairs = std::vector<std::pair<std::string, std::string>>;
    EXPECT_EQ(*run_here(book->list("sink/")), (Pairs{{"sink/b", std::string("\0x", 2)}, {"sink/c", "3"}}));
    EXPECT_EQ(*run_here(book->get("other")), std::optional<std::string>(""));
    EXPECT_EQ(*run_here(book->get("sink/a")), std::nullopt);
}

TEST_F(SqliteTest, commits_of_many_reactors_are_all_kept) {
    constexpr int kReactors = 4;
    constexpr int kCommits = 200;
    auto book = *SqliteWorkBook::open(path);
    std::atomic<int> failures = 0;
    auto commit_all = [&](int reactor) -> Task<void> {
        for (int i = 0; i < kCommits; ++i) {
            std::vector<WorkChange> changes{{"k/" + std::to_string(reactor) + "/" + std::to_string(i), "v"},
                                            {"last/" + std::to_string(reactor), std::to_string(i)}};
            auto status = co_await book->commit(std::move(changes));
            if (!status) ++failures;
        }
    };
    std::vector<std::unique_ptr<Reactor>> reactors;
    for (int r = 0; r < kReactors; ++r) reactors.push_back(std::make_unique<Reactor>("r"));
    std::vector<std::thread> threads;
    for (int r = 0; r < kReactors; ++r) threads.emplace_back([&, r] { reactors[static_cast<std::size_t>(r)]->run(commit_all(r)); });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(failures, 0);
    EXPECT_EQ(run_here(book->list("k/"))->size(), std::size_t{kReactors * kCommits});
    EXPECT_EQ(*run_here(book->get("last/2")), std::to_string(kCommits - 1));
}

TEST_F(SqliteTest, a_closed_book_refuses_and_keeps_what_it_took) {
    auto book = *SqliteWorkBook::open(path);
    ASSERT_TRUE(run_here(book->commit({{"a", "1"}})));
    ASSERT_TRUE(book->close());
    auto refused = run_here(book->commit({{"b", "2"}}));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::unavailable);
}

TEST_F(SqliteTest, a_file_that_is_no_database_is_corrupt_and_an_absent_one_not_found) {
    std::ofstream(path) << "this is no database, but text of some length, long enough for a header of SQLite to be looked for";
    EXPECT_EQ(SqliteWorkBook::open(path).error().code, Errc::corrupt);
    EXPECT_EQ(Database::open(folder + "/none", Mode::read).error().code, Errc::not_found);
}

TEST_F(SqliteTest, wrong_sql_tells_what_sqlite_says) {
    auto database = *Database::open(path, Mode::create);
    auto refused = database.prepare("selekt 1");
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().text.find("selekt"), std::string::npos);
}

}  // namespace
}  // namespace pinflow::sqlite
