// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_work_book.h"

#include <pthread.h>

#include <boost/asio/async_result.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace pinflow::sqlite {
namespace {

using UseTask = boost::asio::use_awaitable_t<boost::asio::io_context::executor_type>;

// Keys compare as bytes (SQLite's BINARY collation), so a prefix is a range of the primary key.
constexpr const char* kSchema =
    "create table if not exists work (key text primary key, value blob not null) without rowid";

Status write_changes(Database& database, const std::vector<WorkChange>& changes) {
    TRY(auto put, database.prepare("insert or replace into work values (?, ?)"));
    TRY(auto remove, database.prepare("delete from work where key = ?"));
    for (const WorkChange& change : changes) {
        Statement& statement = change.value ? put : remove;
        statement.bind(1, std::string_view(change.key));
        if (change.value) statement.bind(2, std::string_view(*change.value));
        TRY_STATUS(statement.run());
    }
    return {};
}

}  // namespace

Result<std::unique_ptr<SqliteWorkBook>> SqliteWorkBook::open(const std::string& path) {
    TRY(auto database, Database::open(path, Mode::create));
    TRY_STATUS(database.execute(kSchema));
    return std::unique_ptr<SqliteWorkBook>(new SqliteWorkBook(std::move(database)));
}

SqliteWorkBook::SqliteWorkBook(Database database) : database_(std::move(database)) {
    thread_ = std::thread([this] {
        pthread_setname_np(pthread_self(), "books");
        serve();
    });
}

SqliteWorkBook::~SqliteWorkBook() { (void)close(); }

Status SqliteWorkBook::close() {
    {
        std::scoped_lock lock(mutex_);
        is_closing_ = true;
    }
    has_work_.notify_one();
    if (thread_.joinable()) thread_.join();
    return {};
}

Task<Result<std::optional<std::string>>> SqliteWorkBook::get(std::string key) {
    std::optional<std::string> found;
    auto read = [&](Database& database) -> Status {
        TRY(auto statement, database.prepare("select value from work where key = ?"));
        statement.bind(1, std::string_view(key));
        TRY(bool has_row, statement.step());
        if (has_row) found = statement.text(0);
        return {};
    };
    CO_TRY_STATUS(co_await submit(false, read));
    co_return found;
}

Task<Result<std::vector<std::pair<std::string, std::string>>>> SqliteWorkBook::list(std::string prefix) {
    std::vector<std::pair<std::string, std::string>> found;
    auto read = [&](Database& database) -> Status {
        TRY(auto statement, database.prepare("select key, value from work where key >= ? order by key"));
        statement.bind(1, std::string_view(prefix));
        for (;;) {
            TRY(bool has_row, statement.step());
            if (!has_row || !statement.text(0).starts_with(prefix)) return {};
            found.emplace_back(statement.text(0), statement.text(1));
        }
    };
    CO_TRY_STATUS(co_await submit(false, read));
    co_return found;
}

Task<Status> SqliteWorkBook::commit(std::vector<WorkChange> changes) {
    auto write = [&](Database& database) { return write_changes(database, changes); };
    co_return co_await submit(true, write);
}

// What `apply` refers to lives in the calling coroutine's frame, which is suspended until then.
Task<Status> SqliteWorkBook::submit(bool is_write, std::function<Status(Database&)> apply) {
    auto initiate = [this, is_write, &apply](auto handler) {
        auto executor = boost::asio::get_associated_executor(handler);
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        Job job{is_write, std::move(apply), [executor, shared](Status outcome) {
            boost::asio::post(executor, [shared, outcome = std::move(outcome)]() mutable {
                std::move(*shared)(std::move(outcome));
            });
        }};
        if (!enqueue(job)) job.complete(fail(Errc::unavailable, "the work book is closed or overloaded"));
    };
    co_return co_await boost::asio::async_initiate<const UseTask, void(Status)>(initiate, UseTask{});
}

bool SqliteWorkBook::enqueue(Job& job) {
    {
        std::scoped_lock lock(mutex_);
        if (is_closing_ || waiting_.size() >= kWaitingMax) return false;
        waiting_.push_back(std::move(job));
    }
    has_work_.notify_one();
    return true;
}

void SqliteWorkBook::serve() {
    for (;;) {
        std::vector<Job> jobs;
        {
            std::unique_lock lock(mutex_);
            has_work_.wait(lock, [this] { return !waiting_.empty() || is_closing_; });
            if (waiting_.empty()) return;
            jobs.swap(waiting_);
        }
        run_group(jobs);
    }
}

// The jobs were sent concurrently, so their order among themselves is free; yet each write is applied
// in the order it came, and reads that came with them see what was there before or after, never half.
void SqliteWorkBook::run_group(std::vector<Job>& jobs) {
    std::vector<Status> outcomes(jobs.size());
    Status group = write_group(jobs, outcomes);
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        if (!jobs[i].is_write) outcomes[i] = jobs[i].apply(database_);
        else if (!group) outcomes[i] = group;
        jobs[i].complete(std::move(outcomes[i]));
    }
}

// One transaction for all writes; each inside a savepoint, so that one that fails takes no other with it.
Status SqliteWorkBook::write_group(std::vector<Job>& jobs, std::vector<Status>& outcomes) {
    bool has_writes = false;
    for (const Job& job : jobs) has_writes |= job.is_write;
    if (!has_writes) return {};
    TRY_STATUS(database_.execute("begin immediate"));
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        if (!jobs[i].is_write) continue;
        if (outcomes[i] = database_.execute("savepoint one"); !outcomes[i]) continue;
        outcomes[i] = jobs[i].apply(database_);
        (void)database_.execute(outcomes[i] ? "release one" : "rollback to one; release one");
    }
    Status committed = database_.execute("commit");
    if (!committed) (void)database_.execute("rollback");
    return committed;
}

}  // namespace pinflow::sqlite
