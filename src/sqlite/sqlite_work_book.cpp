// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_work_book.h"

#include <fmt/format.h>

#include "sqlite/books.h"

namespace pinflow::sqlite {
namespace {

// Keys and values are bytes, so blobs: compared by memcmp, whatever they hold.
constexpr const char* kCreate =
    "CREATE TABLE IF NOT EXISTS work ("
    "key BLOB NOT NULL PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID";

std::size_t bytes_of(const std::vector<WorkChange>& changes) {
    std::size_t total = 0;
    for (const WorkChange& change : changes) {
        total += change.key.size() + (change.value ? change.value->size() : 0);
    }
    return total;
}

}  // namespace

struct SqliteWorkBook::Statements {
    Statement get;
    Statement list;
    Statement put;
    Statement remove;

    Status apply(const WorkChange& change);
};

Result<std::unique_ptr<SqliteWorkBook>> SqliteWorkBook::open(const std::string& path) {
    TRY(auto database, Database::open(path));
    TRY_STATUS(database.execute(kCreate));
    TRY(auto get, database.prepare("SELECT value FROM work WHERE key = ?1"));
    TRY(auto list, database.prepare("SELECT key, value FROM work WHERE key >= ?1 ORDER BY key"));
    TRY(auto put, database.prepare("INSERT INTO work (key, value) VALUES (?1, ?2) "
                                   "ON CONFLICT (key) DO UPDATE SET value = excluded.value"));
    TRY(auto remove, database.prepare("DELETE FROM work WHERE key = ?1"));
    auto statements = std::make_unique<Statements>(std::move(get), std::move(list), std::move(put),
                                                   std::move(remove));
    return std::unique_ptr<SqliteWorkBook>(
        new SqliteWorkBook(Books::serve(std::move(database)), std::move(statements)));
}

SqliteWorkBook::SqliteWorkBook(std::unique_ptr<Books> books, std::unique_ptr<Statements> statements)
    : books_(std::move(books)), statements_(std::move(statements)) {}

SqliteWorkBook::~SqliteWorkBook() { (void)close(); }

Status SqliteWorkBook::close() {
    Status closed = books_->close();
    statements_.reset();
    return closed;
}

std::uint64_t SqliteWorkBook::commits() const { return books_->commits(); }

Task<Result<std::optional<std::string>>> SqliteWorkBook::get(std::string key) {
    std::optional<std::string> found;
    Books::Job look = [this, &key, &found](Database&) -> Status {
        Statement& statement = statements_->get;
        statement.bind_blob(1, key);
        TRY(bool has_row, statement.step());
        if (has_row) found.emplace(statement.bytes(0));
        statement.reset();
        return {};
    };
    CO_TRY_STATUS(co_await books_->read(std::move(look)));
    co_return found;
}

Task<Result<std::vector<std::pair<std::string, std::string>>>> SqliteWorkBook::list(
    std::string prefix) {
    std::vector<std::pair<std::string, std::string>> found;
    Books::Job look = [this, &prefix, &found](Database&) -> Status {
        Statement& statement = statements_->list;
        statement.bind_blob(1, prefix);
        while (true) {
            TRY(bool has_row, statement.step());
            if (!has_row || !statement.bytes(0).starts_with(prefix)) break;
            found.emplace_back(statement.bytes(0), statement.bytes(1));
        }
        statement.reset();
        return {};
    };
    CO_TRY_STATUS(co_await books_->read(std::move(look)));
    co_return found;
}

Status SqliteWorkBook::Statements::apply(const WorkChange& change) {
    Statement& statement = change.value ? put : remove;
    statement.bind_blob(1, change.key);
    if (change.value) statement.bind_blob(2, *change.value);
    return statement.run();
}

Task<Status> SqliteWorkBook::commit(std::vector<WorkChange> changes) {
    std::size_t bytes = bytes_of(changes);
    if (bytes > kCommitBytesMax) {
        co_return fail(Errc::too_large, fmt::format("a commit of {} bytes; the work book takes {}",
                                                    bytes, kCommitBytesMax));
    }
    Books::Job apply = [this, &changes](Database&) -> Status {
        for (const WorkChange& change : changes) TRY_STATUS(statements_->apply(change));
        return {};
    };
    co_return co_await books_->write(std::move(apply), bytes);
}

}  // namespace pinflow::sqlite
