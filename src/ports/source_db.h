// SPDX-License-Identifier: Apache-2.0
// The post database. Native twin: source/ (SQLite); later a real MySQL or MariaDB.
#pragma once

#include <cstdint>
#include <functional>
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

// Blocking. One object is used by one thread at a time; open one a thread.
class SourceDb {
public:
    virtual ~SourceDb() = default;

    // `SELECT * FROM table LIMIT offset, 1` in key order, which is the course's way to draw a row.
    // not_found: no such row or table.
    virtual Result<SourceRow> row(const std::string& table, std::int64_t offset) = 0;

    virtual Result<std::int64_t> count(const std::string& table) = 0;

    // Replaces the table with `count` rows; `make` fills the row of an index into the given vector
    // of one value a column; it is asked in order, one row at a time, perhaps on another thread. All
    // or nothing.
    virtual Status load(
        const SourceTable& table, std::int64_t count,
        const std::function<void(std::int64_t, std::vector<SourceValue>&)>& make) = 0;
};

}  // namespace pinflow
