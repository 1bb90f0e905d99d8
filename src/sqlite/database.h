// SPDX-License-Identifier: Apache-2.0
// SQLite, wrapped thinly: a file, and statements on it. Blocking; one Database is used by one thread
// at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace pinflow::sqlite {

// A prepared statement. Parameters count from 1, columns from 0. It must not outlive its Database.
class Statement final {
public:
    Statement(Statement&&) noexcept;
    Statement& operator=(Statement&&) noexcept;
    ~Statement();

    // Binding copies text and bytes. An index outside the statement's parameters is a CHECK.
    void bind(int parameter, std::int64_t value);
    void bind(int parameter, double value);
    void bind(int parameter, std::string_view text);
    void bind_null(int parameter);

    // The next row: true when there is one. After false, or to begin anew: reset().
    Result<bool> step();
    void reset();
    Status run();  // steps to the end, then resets

    int columns() const;
    std::string column_name(int column) const;
    bool is_null(int column) const;
    std::int64_t integer(int column) const;
    double real(int column) const;
    std::string text(int column) const;

private:
    friend class Database;
    Statement(sqlite3* database, sqlite3_stmt* statement) : database_(database), statement_(statement) {}

    sqlite3* database_;
    sqlite3_stmt* statement_;
};

enum class Mode {
    read,    // must exist; not_found otherwise
    create,  // read and write, made if absent
};

enum class Safety {
    durable,  // WAL, synchronous FULL: a commit is on stable storage
    bulk,     // no journal and no syncs: for a file that is built and then synced as a whole
};

class Database final {
public:
    // busy after kBusyTimeoutMs; corrupt for a file that is no database. Errors name the path.
    static Result<Database> open(const std::string& path, Mode mode, Safety safety = Safety::durable);
    Database(Database&&) noexcept;
    Database& operator=(Database&&) noexcept;
    ~Database();

    Status execute(const std::string& sql);  // one or more statements without parameters
    Result<Statement> prepare(std::string_view sql);

private:
    Database(sqlite3* database, std::string path) : database_(database), path_(std::move(path)) {}

    sqlite3* database_;
    std::string path_;
};

constexpr int kBusyTimeoutMs = 5'000;

}  // namespace pinflow::sqlite
