// SPDX-License-Identifier: Apache-2.0
#include "sqlite/database.h"

#include <sqlite3.h>

#include <cerrno>

#include <fmt/format.h>

#include "base/check.h"

namespace pinflow::sqlite {
namespace {

Errc code_of_open_failure(sqlite3* connection) {
    switch (sqlite3_system_errno(connection)) {
        case ENOENT: return Errc::not_found;
        case EACCES:
        case EPERM:
        case EROFS: return Errc::permission;
        default: return Errc::io;
    }
}

Errc code_of(int extended, sqlite3* connection) {
    switch (extended & 0xff) {
        case SQLITE_FULL: return Errc::no_space;
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return Errc::busy;
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_AUTH: return Errc::permission;
        case SQLITE_CANTOPEN: return code_of_open_failure(connection);
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return Errc::corrupt;
        case SQLITE_IOERR: return Errc::io;
        case SQLITE_INTERRUPT: return Errc::cancelled;
        case SQLITE_CONSTRAINT: return Errc::conflict;
        case SQLITE_TOOBIG: return Errc::too_large;
        case SQLITE_ERROR: return Errc::invalid_argument;  // wrong SQL
        default: return Errc::internal;
    }
}

std::unexpected<Error> failure(sqlite3* connection) {
    const char* file = sqlite3_db_filename(connection, nullptr);
    return fail(code_of(sqlite3_extended_errcode(connection), connection),
                fmt::format("{}: SQLite says: {}", file == nullptr ? "(database)" : file,
                            sqlite3_errmsg(connection)));
}

int open_flags(Access access) {
    // The connection's own mutex is off: one thread at a time is our promise.
    constexpr int kOurs = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    switch (access) {
        case Access::read: return kOurs | SQLITE_OPEN_READONLY;
        case Access::read_write: return kOurs | SQLITE_OPEN_READWRITE;
        case Access::create: return kOurs | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    }
    CHECK(false);
}

// SQLite takes a null pointer for NULL; an empty view may hold one.
const char* pointer_of(std::string_view bytes) { return bytes.empty() ? "" : bytes.data(); }

// Fails only for a wrong parameter number or no memory.
void check_bound(int code) { CHECK(code == SQLITE_OK, "a bind of SQLite failed"); }

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
void Database::Close::operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }

Result<Database> Database::open(const std::string& path, OpenOptions options) {
    sqlite3* connection = nullptr;
    int code = sqlite3_open_v2(path.c_str(), &connection, open_flags(options.access), nullptr);
    CHECK(connection != nullptr, "no memory for a connection");
    Database database(path, connection);
    if (code != SQLITE_OK) {
        return fail(code_of(code, connection),
                    fmt::format("cannot open {}: SQLite says: {}", path, sqlite3_errmsg(connection)));
    }
    TRY_STATUS(database.configure(options));
    return database;
}

Status Database::configure(const OpenOptions& options) {
    sqlite3_busy_timeout(connection_.get(), static_cast<int>(options.busy_timeout.count()));
    TRY_STATUS(execute(options.full_sync ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=OFF"));
    // Opening reads nothing: ask for something, so that a file that is no database is refused here.
    TRY_STATUS(execute("SELECT count(*) FROM sqlite_schema"));
    if (options.access == Access::read) return {};
    return execute(options.write_ahead_log ? "PRAGMA journal_mode=WAL"
                                           : "PRAGMA journal_mode=DELETE");
}

Status Database::execute(const std::string& sql) {
    int code = sqlite3_exec(connection_.get(), sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return failure(connection_.get());
    return {};
}

bool Database::in_transaction() const { return sqlite3_get_autocommit(connection_.get()) == 0; }

Result<Statement> Database::prepare(std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    int code = sqlite3_prepare_v2(connection_.get(), sql.data(), static_cast<int>(sql.size()),
                                  &statement, nullptr);
    if (code != SQLITE_OK) return failure(connection_.get());
    CHECK(statement != nullptr, "an empty statement was prepared");
    return Statement(statement);
}

void Statement::bind_null(int parameter) {
    check_bound(sqlite3_bind_null(statement_.get(), parameter));
}
void Statement::bind(int parameter, std::int64_t value) {
    check_bound(sqlite3_bind_int64(statement_.get(), parameter, value));
}
void Statement::bind(int parameter, double value) {
    check_bound(sqlite3_bind_double(statement_.get(), parameter, value));
}
void Statement::bind_text(int parameter, std::string_view text) {
    check_bound(sqlite3_bind_text64(statement_.get(), parameter, pointer_of(text), text.size(),
                                    SQLITE_STATIC, SQLITE_UTF8));
}
void Statement::bind_blob(int parameter, std::string_view bytes) {
    check_bound(sqlite3_bind_blob64(statement_.get(), parameter, pointer_of(bytes), bytes.size(),
                                    SQLITE_STATIC));
}

Result<bool> Statement::step() {
    int code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) {
        reset();
        return false;
    }
    auto error = failure(sqlite3_db_handle(statement_.get()));
    reset();
    return error;
}

Status Statement::run() {
    while (true) {
        TRY(bool has_row, step());
        if (!has_row) return {};
    }
}

void Statement::reset() { sqlite3_reset(statement_.get()); }

int Statement::column_count() const { return sqlite3_column_count(statement_.get()); }
std::string_view Statement::column_name(int column) const {
    return sqlite3_column_name(statement_.get(), column);
}
std::string_view Statement::declared_type(int column) const {
    const char* type = sqlite3_column_decltype(statement_.get(), column);
    return type == nullptr ? "" : type;
}

ValueKind Statement::kind(int column) const {
    switch (sqlite3_column_type(statement_.get(), column)) {
        case SQLITE_INTEGER: return ValueKind::integer;
        case SQLITE_FLOAT: return ValueKind::real;
        case SQLITE_TEXT: return ValueKind::text;
        case SQLITE_BLOB: return ValueKind::blob;
        default: return ValueKind::null;
    }
}
std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
}
double Statement::real(int column) const { return sqlite3_column_double(statement_.get(), column); }
std::string_view Statement::bytes(int column) const {
    const void* data = sqlite3_column_blob(statement_.get(), column);
    auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
    return {static_cast<const char*>(data), size};
}

}  // namespace pinflow::sqlite
