// SPDX-License-Identifier: Apache-2.0
// SQLite with owners and Results. Only this folder includes SQLite's own header.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace pinflow::sqlite {

enum class Access {
    read,         // must exist; not_found otherwise
    read_write,   // must exist; not_found otherwise
    create,       // made if absent
};

struct OpenOptions {
    Access access = Access::create;
    bool write_ahead_log = true;  // else SQLite's rollback journal
    bool full_sync = true;        // false: nothing is synced; for files that are synced at their end
    std::chrono::milliseconds busy_timeout{5'000};  // for other processes; then `busy`
};

enum class ValueKind { null, integer, real, text, blob };

// One prepared statement. Parameters and columns are counted from SQLite's own starts: 1 and 0.
// Text and blobs given to bind are borrowed: they must live until the next run, reset or bind.
class Statement final {
public:
    void bind_null(int parameter);
    void bind(int parameter, std::int64_t value);
    void bind(int parameter, double value);
    void bind_text(int parameter, std::string_view text);
    void bind_blob(int parameter, std::string_view bytes);

    // True: a row stands ready. False: the end, and the statement is reset. After an error too.
    Result<bool> step();
    // Steps to the end, whatever rows there are.
    Status run();
    void reset();

    int column_count() const;
    std::string_view column_name(int column) const;
    std::string_view declared_type(int column) const;  // as the table's author wrote it, or empty
    ValueKind kind(int column) const;
    std::int64_t integer(int column) const;
    double real(int column) const;
    std::string_view bytes(int column) const;  // text or blob; until the next step, run or reset

private:
    friend class Database;
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };
    explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

// One connection, used by one thread at a time. It must outlive its statements.
class Database final {
public:
    static Result<Database> open(const std::string& path, OpenOptions options = {});

    // One or more statements, for their effect.
    Status execute(const std::string& sql);
    Result<Statement> prepare(std::string_view sql);

    // False as well after SQLite itself has undone a transaction (a full disk, an I/O error).
    bool in_transaction() const;

    const std::string& path() const { return path_; }

private:
    struct Close {
        void operator()(sqlite3* connection) const;
    };
    Database(std::string path, sqlite3* connection)
        : path_(std::move(path)), connection_(connection) {}

    Status configure(const OpenOptions& options);

    std::string path_;
    std::unique_ptr<sqlite3, Close> connection_;
};

}  // namespace pinflow::sqlite
