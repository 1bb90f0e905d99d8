// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <barrier>
#include <filesystem>
#include <fstream>
#include <latch>

#include <boost/asio/co_spawn.hpp>
#include <fmt/format.h>

#include "base/hash.h"
#include "base/reactor.h"
#include "contract/work_book_contract.h"
#include "sqlite/books.h"
#include "sqlite/database.h"
#include "sqlite/sqlite_work_book.h"

namespace pinflow::sqlite {
namespace {

struct Folder {
    std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("sqlite_test." + random_uuid());
    Folder() { std::filesystem::create_directory(path); }
    ~Folder() { std::filesystem::remove_all(path); }
    std::string file(const char* name) const { return path / name; }
};

std::unique_ptr<SqliteWorkBook> open_book(const std::string& path) {
    auto book = SqliteWorkBook::open(path);
    EXPECT_TRUE(book.has_value()) << book.error().text;
    return std::move(*book);
}

std::int64_t count_rows(const std::string& path, const std::string& table) {
    auto database = Database::open(path, {.access = Access::read}).value();
    auto statement = database.prepare("SELECT count(*) FROM " + table).value();
    EXPECT_TRUE(statement.step().value());
    return statement.integer(0);
}

TEST(Database, values_come_back_as_they_were_bound) {
    Folder folder;
    auto database = Database::open(folder.file("d")).value();
    ASSERT_TRUE(database.execute("CREATE TABLE t (a, b DATETIME, c BLOB, d, e)"));
    auto insert = database.prepare("INSERT INTO t VALUES (?1, ?2, ?3, ?4, ?5)").value();
    std::string text("né\0x", 5);
    insert.bind(1, INT64_MIN);
    insert.bind_text(2, text);
    insert.bind_blob(3, "");
    insert.bind(4, 0.1);
    insert.bind_null(5);
    ASSERT_TRUE(insert.run());
    auto select = database.prepare("SELECT * FROM t").value();
    ASSERT_TRUE(select.step().value());
    EXPECT_EQ(select.column_count(), 5);
    EXPECT_EQ(select.column_name(1), "b");
    EXPECT_EQ(select.declared_type(1), "DATETIME");
    EXPECT_EQ(select.integer(0), INT64_MIN);
    EXPECT_EQ(select.bytes(1), text);
    EXPECT_EQ(select.kind(2), ValueKind::blob);
    EXPECT_EQ(select.bytes(2), "");
    EXPECT_EQ(select.real(3), 0.1);
    EXPECT_EQ(select.kind(4), ValueKind::null);
    EXPECT_FALSE(select.step().value());
}

TEST(Database, errors_say_the_file_and_sqlites_own_words) {
    Folder folder;
    auto absent = Database::open(folder.file("none"), {.access = Access::read});
    ASSERT_FALSE(absent.has_value());
    EXPECT_EQ(absent.error().code, Errc::not_found);
    EXPECT_THAT(absent.error().text, testing::HasSubstr(folder.file("none")));

    std::ofstream(folder.file("junk")) << std::string(4096, 'j');
    auto junk = Database::open(folder.file("junk"));
    ASSERT_FALSE(junk.has_value());
    EXPECT_EQ(junk.error().code, Errc::corrupt);
    EXPECT_THAT(junk.error().text, testing::HasSubstr("file is not a database"));
    auto read_junk = Database::open(folder.file("junk"), {.access = Access::read});
    EXPECT_EQ(read_junk.error().code, Errc::corrupt);
    EXPECT_EQ(SqliteWorkBook::open(folder.file("junk")).error().code, Errc::corrupt);

    auto database = Database::open(folder.file("d")).value();
    auto wrong = database.execute("CREATE TABBLE t");
    EXPECT_THAT(wrong.error().text, testing::HasSubstr("syntax error"));
    EXPECT_EQ(wrong.error().code, Errc::invalid_argument);
    ASSERT_TRUE(database.execute("CREATE TABLE t (a UNIQUE); INSERT INTO t VALUES (1)"));
    EXPECT_EQ(database.execute("INSERT INTO t VALUES (1)").error().code, Errc::conflict);
}

TEST(Database, a_lock_of_another_is_busy_after_the_timeout) {
    Folder folder;
    auto one = Database::open(folder.file("d")).value();
    auto two = Database::open(folder.file("d"), {.busy_timeout = std::chrono::milliseconds(1)}).value();
    ASSERT_TRUE(one.execute("BEGIN IMMEDIATE"));
    EXPECT_EQ(two.execute("BEGIN IMMEDIATE").error().code, Errc::busy);
}

TEST(WorkBook, what_was_committed_is_there_after_reopening) {
    Folder folder;
    {
        auto book = open_book(folder.file("meta"));
        ASSERT_TRUE(run_here(book->commit({{"a", "1"}, {"b", "2"}})));
        ASSERT_TRUE(run_here(book->commit({{"a", std::nullopt}})));
    }
    auto book = open_book(folder.file("meta"));
    EXPECT_EQ(run_here(book->get("a")).value(), std::nullopt);
    EXPECT_EQ(run_here(book->get("b")).value(), "2");
}

// Durable when it completes: the bytes of a copy of the files taken just then hold the commit.
TEST(WorkBook, a_copy_of_the_files_taken_after_a_commit_holds_it) {
    Folder folder;
    auto book = open_book(folder.file("meta"));
    ASSERT_TRUE(run_here(book->commit({{"k", "v"}})));
    std::filesystem::copy(folder.file("meta"), folder.file("copy"));
    std::filesystem::copy(folder.file("meta-wal"), folder.file("copy-wal"));
    EXPECT_EQ(run_here(open_book(folder.file("copy"))->get("k")).value(), "v");
}

// Four reactors with sixty Tasks each commit at once, twenty times: every value arrives, each Task goes
// on on its own reactor's thread, and there are far fewer transactions than commits.
TEST(WorkBook, many_commits_at_once_share_transactions_and_resume_where_they_came_from) {
    constexpr int kReactors = 4;
    constexpr int kTasks = 60;
    constexpr int kRounds = 20;
    Folder folder;
    auto book = open_book(folder.file("meta"));
    std::atomic<int> wrong{0};
    {
        std::vector<std::unique_ptr<Reactor>> reactors;
        std::latch done(kReactors * kTasks);
        auto work = [&](int reactor, int task) -> Task<void> {
            auto home = std::this_thread::get_id();
            for (int round = 0; round < kRounds; ++round) {
                std::string key = fmt::format("{}/{}", reactor, task);
                Status committed = co_await book->commit({{key, std::to_string(round)}});
                auto read = co_await book->get(key);
                if (!committed || !read || *read != std::to_string(round)) ++wrong;
                if (std::this_thread::get_id() != home) ++wrong;
            }
            done.count_down();
        };
        for (int i = 0; i < kReactors; ++i) {
            reactors.push_back(std::make_unique<Reactor>(fmt::format("r{}", i)));
            for (int task = 0; task < kTasks; ++task) reactors.back()->start(work(i, task));
        }
        done.wait();
    }
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(run_here(book->list("")).value().size(), kReactors * kTasks);
    EXPECT_LT(book->commits(), kReactors * kTasks * kRounds / 4);
    EXPECT_GE(book->commits(), kRounds);
}

TEST(WorkBook, after_close_it_refuses) {
    Folder folder;
    auto book = open_book(folder.file("meta"));
    EXPECT_TRUE(book->close());
    EXPECT_EQ(run_here(book->commit({{"k", "v"}})).error().code, Errc::unavailable);
    EXPECT_EQ(run_here(book->get("k")).error().code, Errc::unavailable);
}

TEST(WorkBook, a_commit_over_the_limit_is_refused_before_it_is_queued) {
    Folder folder;
    auto book = open_book(folder.file("meta"));
    std::string value(SqliteWorkBook::kCommitBytesMax, 'v');
    EXPECT_EQ(run_here(book->commit({{"k", value}})).error().code, Errc::too_large);
    EXPECT_TRUE(run_here(book->commit({{"", value}})));
}

// A gate holds the SQLite thread, so that what is asked meanwhile is one group.
class GatedBooks : public testing::Test {
protected:
    void SetUp() override {
        auto database = Database::open(folder_.file("b")).value();
        ASSERT_TRUE(database.execute("CREATE TABLE t (a INTEGER PRIMARY KEY)"));
        books_ = Books::serve(std::move(database));
    }
    Task<void> hold(std::latch& held, std::latch& open) {
        (void)co_await books_->read([&](Database&) -> Status {
            held.count_down();
            open.wait();
            return {};
        });
    }
    Task<void> insert(int value, Status& outcome, std::latch& done) {
        std::string sql = fmt::format("INSERT INTO t VALUES ({})", value);
        outcome = co_await books_->write([&](Database& database) { return database.execute(sql); }, 1);
        done.count_down();
    }
    Folder folder_;
    std::unique_ptr<Books> books_;
    Reactor reactor_{"test"};
};

TEST_F(GatedBooks, a_group_is_one_transaction_and_a_failing_job_undoes_itself_alone) {
    std::latch held(1);
    std::latch open(1);
    std::latch done(3);
    reactor_.start(hold(held, open));
    held.wait();
    Status first, again, third;
    reactor_.start(insert(1, first, done));
    reactor_.start(insert(1, again, done));
    reactor_.start(insert(2, third, done));
    reactor_.run([]() -> Task<int> { co_return 0; }());  // all three are queued
    open.count_down();
    done.wait();
    EXPECT_TRUE(first);
    EXPECT_EQ(again.error().code, Errc::conflict);
    EXPECT_TRUE(third);
    EXPECT_EQ(books_->commits(), 1u);
    EXPECT_EQ(count_rows(folder_.file("b"), "t"), 2);
}

// A full disk, here a limit on pages: SQLite may undo the whole transaction by itself. Nobody is told
// that his write is kept when it is not, and what fits afterwards is taken.
TEST_F(GatedBooks, a_full_disk_refuses_the_group_truthfully_and_is_not_the_end) {
    std::latch held(1);
    std::latch open(1);
    std::latch done(2);
    reactor_.start(hold(held, open));
    held.wait();
    Status small, large, later;
    auto write = [](Books& books, std::string sql, Status& outcome, std::latch& left) -> Task<void> {
        outcome = co_await books.write([&sql](Database& db) { return db.execute(sql); }, 1);
        left.count_down();
    };
    reactor_.start(write(*books_, "INSERT INTO t VALUES (1)", small, done));
    reactor_.start(write(*books_, "PRAGMA max_page_count=20; CREATE TABLE big AS SELECT zeroblob(1000000) AS b",
                         large, done));
    reactor_.run([]() -> Task<int> { co_return 0; }());
    open.count_down();
    done.wait();
    EXPECT_EQ(large.error().code, Errc::no_space);
    EXPECT_EQ(count_rows(folder_.file("b"), "t"), small ? 1 : 0);
    std::latch last(1);
    reactor_.start(write(*books_, "INSERT INTO t VALUES (2)", later, last));
    last.wait();
    EXPECT_TRUE(later);
    EXPECT_EQ(count_rows(folder_.file("b"), "t"), small ? 2 : 1);
}

TEST_F(GatedBooks, the_queue_has_a_bound_and_refuses_above_it) {
    std::latch held(1);
    std::latch open(1);
    std::latch done(Books::kWaitingMax + 1);
    reactor_.start(hold(held, open));
    held.wait();
    std::vector<Status> outcomes(Books::kWaitingMax + 1);
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        reactor_.start(insert(static_cast<int>(i), outcomes[i], done));
    }
    reactor_.run([]() -> Task<int> { co_return 0; }());
    open.count_down();
    done.wait();
    EXPECT_EQ(outcomes.back().error().code, Errc::unavailable);
    EXPECT_EQ(count_rows(folder_.file("b"), "t"), Books::kWaitingMax);
}

TEST_F(GatedBooks, close_completes_what_waits) {
    std::latch held(1);
    std::latch open(1);
    std::latch done(1);
    reactor_.start(hold(held, open));
    held.wait();
    Status outcome = fail(Errc::internal, "not yet");
    reactor_.start(insert(7, outcome, done));
    reactor_.run([]() -> Task<int> { co_return 0; }());
    std::thread closer([&] { EXPECT_TRUE(books_->close()); });
    open.count_down();
    closer.join();
    done.wait();
    EXPECT_TRUE(outcome);
    EXPECT_EQ(count_rows(folder_.file("b"), "t"), 1);
}

}  // namespace
}  // namespace pinflow::sqlite

namespace pinflow::contract {
namespace {

WorkBookUnderTest make_sqlite_book() {
    auto folder = std::make_shared<sqlite::Folder>();
    return {std::shared_ptr<WorkBook>(sqlite::open_book(folder->file("meta"))), folder};
}

INSTANTIATE_TEST_SUITE_P(Sqlite, WorkBookContract, testing::Values(make_sqlite_book));

}  // namespace
}  // namespace pinflow::contract
