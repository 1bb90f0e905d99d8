// SPDX-License-Identifier: Apache-2.0
#include "schedule/sqlite_run_book.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "base/crash_point.h"
#include "contract/run_book_contract.h"
#include "schedule/run_book_fixture.h"
#include "sqlite/database.h"

namespace pinflow::contract {

INSTANTIATE_TEST_SUITE_P(Sqlite, RunBookContract, testing::Values([] {
                             auto folder = std::make_shared<schedule::BookFolder>();
                             return RunBooksUnderTest{[folder] { return folder->open(); }, folder};
                         }));

}  // namespace pinflow::contract

namespace pinflow::schedule {
namespace {

constexpr Timestamp kNow = 1'800'000'000'000;

// A child process admits a run and dies as by kill -9 while it is live.
TEST(SqliteRunBook, a_killed_process_loses_its_runs_at_once) {
    BookFolder folder;
    folder.open();
    pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        auto book = folder.open();
        auto run = run_here(book->admit({.logical_ms = 1, .date = "d"}, kNow));
        if (run) ::kill(::getpid(), SIGKILL);
        ::_exit(1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    auto book = folder.open();
    EXPECT_EQ(run_here(book->list(1))->front().state, RunState::running);  // not known yet
    auto killed = run_here(book->sweep(kNow));
    ASSERT_EQ(killed->size(), 1u);
    EXPECT_EQ(run_here(book->list(1))->front().state, RunState::killed);
    EXPECT_TRUE(std::filesystem::is_empty(folder.path / "runs"));
    EXPECT_TRUE(run_here(book->admit({.logical_ms = 1, .date = "d"}, kNow)));
}

TEST(SqliteRunBook, a_book_of_a_newer_program_is_an_error_and_not_a_guess) {
    BookFolder folder;
    auto book = folder.open();
    auto run = run_here(book->admit({.logical_ms = 1, .date = "d"}, kNow));
    auto database = *sqlite::Database::open(folder.path / "meta.sqlite");
    ASSERT_TRUE(database.execute("UPDATE runs SET state = 'sleeping'"));
    auto listed = run_here(book->list(1));
    ASSERT_FALSE(listed);
    EXPECT_EQ(listed.error().code, Errc::corrupt);
    EXPECT_THAT(listed.error().text, testing::HasSubstr("sleeping"));
}

}  // namespace
}  // namespace pinflow::schedule
