// SPDX-License-Identifier: Apache-2.0
// The post database. Twins: source/ (SQLite) and remote/mysql/ (a real MySQL or MariaDB).
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"

namespace pinflow {

// A DATETIME as "YYYY-MM-DD HH:MM:SS", kept apart from text because clients send it in several
// forms.
struct DateTimeText {
    std::string text;
    bool operator==(const DateTimeText&) const = default;
};
// A single-precision FLOAT, which MySQL prints with at most six significant digits.
struct FloatText {
    std::string text;
    bool operator==(const FloatText&) const = default;
};

using SourceValue =
    std::variant<std::monostate, std::int64_t, double, std::string, DateTimeText, FloatText>;

struct SourceColumn {
    std::string name;
    enum class Kind { integer, real, text, datetime, single_float } kind = Kind::text;
};

struct SourceTable {
    std::string name;
    std::vector<SourceColumn> columns;  // the first is the key
};

struct SourceRow {
    std::vector<std::pair<std::string, SourceValue>> values;  // in column order
};

// A table to be filled: `make` puts the row of an index into the given vector of one value a
// column; it is asked in order, one row at a time, perhaps on another thread.
struct TableLoad {
    SourceTable table;
    std::int64_t count = 0;
    std::function<void(std::int64_t, std::vector<SourceValue>&)> make;
};

enum class Existing : std::uint8_t { refuse, replace };

// Blocking. One object is used by one thread at a time; open one a thread.
class SourceDb {
public:
    virtual ~SourceDb() = default;

    // `SELECT * FROM table LIMIT offset, 1` in key order, which is the course's way to draw a row.
    // not_found: no such row or table. unavailable, timed_out: the database cannot be reached, or
    // does not answer, though asked several times.
    virtual Result<SourceRow> row(const std::string& table, std::int64_t offset) = 0;

    virtual Result<std::int64_t> count(const std::string& table) = 0;

    // The names of the table's columns, in their order. not_found: no such table.
    virtual Result<std::vector<std::string>> columns(const std::string& table) = 0;

    // Puts the tables in place of what has their names, all of them at once or none.
    // already_exists: one of them is there and may not be replaced.
    virtual Status load(std::span<const TableLoad> loads, Existing existing) = 0;
};

}  // namespace pinflow
