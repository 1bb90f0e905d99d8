// SPDX-License-Identifier: Apache-2.0
#include "sqlite/database.h"

#include <sqlite3.h>

#include <utility>

#include "base/check.h"

namespace pinflow::sqlite {
namespace {

Errc code_of(int code) {
    switch (code & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return Errc::busy;
        case SQLITE_FULL: return Errc::no_space;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return Errc::corrupt;
        case SQLITE_CANTOPEN: return Errc::not_found;
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_AUTH: return Errc::permission;
        case SQLITE_IOERR: return Errc::io;
        case SQLITE_ERROR: return Errc::invalid_argument;
        case SQLITE_CONSTRAINT: return Errc::conflict;
        default: return Errc::internal;
    }
}

std::unexpected<Error> failure(sqlite3* database, int code, std::string_view what) {
    std::string text = std::string(what) + ": " + sqlite3_errmsg(database);
    return fail(code_of(code), std::move(text));
}

// Pages read through a map would turn a disk error into a signal; SQLite's default (no map) stays.
constexpr const char* kDurable = "pragma journal_mode=wal; pragma synchronous=full;";
constexpr const char* kBulk = "pragma journal_mode=off; pragma synchronous=off; pragma locking_mode=exclusive;";

}  // namespace

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_), statement_(std::exchange(other.statement_, nullptr)) {}

Statement& Statement::operator=(Statement&& other) noexcept {
    std::swap(database_, other.database_);
    std::swap(statement_, other.statement_);
    return *this;
}

Statement::~Statement() { sqlite3_finalize(statement_); }

void Statement::bind(int parameter, std::int64_t value) {
    CHECK(sqlite3_bind_int64(statement_, parameter, value) == SQLITE_OK);
}

void Statement::bind(int parameter, double value) {
    CHECK(sqlite3_bind_double(statement_, parameter, value) == SQLITE_OK);
}

void Statement::bind(int parameter, std::string_view text) {
    // A null pointer would bind NULL, not the empty text.
    const char* bytes = text.data() == nullptr ? "" : text.data();
    CHECK(sqlite3_bind_text64(statement_, parameter, bytes, text.size(), SQLITE_TRANSIENT,
                              SQLITE_UTF8) == SQLITE_OK);
}

void Statement::bind_null(int parameter) {
    CHECK(sqlite3_bind_null(statement_, parameter) == SQLITE_OK);
}

Result<bool> Statement::step() {
    int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return failure(database_, code, "SQLite");
}

void Statement::reset() { sqlite3_reset(statement_); }

Status Statement::run() {
    for (;;) {
        auto more = step();
        if (!more || !*more) {
            reset();
            return more ? Status{} : Status(std::unexpected(std::move(more).error()));
        }
    }
}

int Statement::columns() const { return sqlite3_column_count(statement_); }

std::string Statement::column_name(int column) const { return sqlite3_column_name(statement_, column); }

bool Statement::is_null(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }

double Statement::real(int column) const { return sqlite3_column_double(statement_, column); }

std::string Statement::text(int column) const {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    if (bytes == nullptr) return "";
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

Result<Database> Database::open(const std::string& path, Mode mode, Safety safety) {
    int flags = mode == Mode::read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    sqlite3* handle = nullptr;
    int code = sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
    Database database(handle, path);
    if (code != SQLITE_OK) return failure(handle, code, path);
    sqlite3_busy_timeout(handle, kBusyTimeoutMs);
    if (mode == Mode::create) TRY_STATUS(database.execute(safety == Safety::durable ? kDurable : kBulk));
    // Opening reads nothing: ask for something, so that a file that is no database is refused here.
    TRY_STATUS(database.execute("select count(*) from sqlite_master"));
    return database;
}

Database::Database(Database&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)), path_(std::move(other.path_)) {}

Database& Database::operator=(Database&& other) noexcept {
    std::swap(database_, other.database_);
    std::swap(path_, other.path_);
    return *this;
}

Database::~Database() { sqlite3_close_v2(database_); }

Status Database::execute(const std::string& sql) {
    int code = sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return failure(database_, code, path_);
    return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    int code = sqlite3_prepare_v2(database_, sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
    if (code != SQLITE_OK) return failure(database_, code, path_);
    return Statement(database_, statement);
}

}  // namespace pinflow::sqlite
