// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "ports/source_db.h"
#include "sqlite/database.h"

namespace pinflow::source {

enum class Mode {
    read,    // not_found when the file is absent
    create,  // made if absent; load is allowed
};

// The post database in one SQLite file. Columns keep their kind through their declared type.
class SqliteSource final : public SourceDb {
public:
    static Result<std::unique_ptr<SqliteSource>> open(const std::string& path, Mode mode);

    // Writes a whole new file in place of the one at `path`: `fill` loads its tables, and only when
    // it has succeeded and all is on the disk does the new file take the name. Readers that have
    // the old file open keep reading it.
    static Status replace_file(const std::string& path,
                               const std::function<Status(SqliteSource&)>& fill);

    // As fast for the last row as for the first if the keys are 0, 1, 2 … (seen at the table's
    // first use; whoever takes rows away later must open anew); else SQLite counts its way there.
    Result<SourceRow> row(const std::string& table, std::int64_t offset) override;
    Result<std::int64_t> count(const std::string& table) override;

    Result<std::vector<std::string>> columns(const std::string& table) override;

    // In one transaction. conflict: two rows have the same key.
    Status load(std::span<const TableLoad> loads, Existing existing) override;

private:
    struct Reading {
        sqlite::Statement by_key;
        sqlite::Statement by_offset;
        std::int64_t dense_rows;  // keys are exactly 0 … dense_rows-1; 0 when they are not
    };

    explicit SqliteSource(sqlite::Database database) : database_(std::move(database)) {}

    Result<Reading*> reading_of(const std::string& table);
    Result<std::int64_t> count_dense_rows(const std::string& table, const std::string& key);
    Status check_table(const std::string& table);
    Result<std::string> table_names();
    Status put_table(const TableLoad& load, Existing existing);
    Status insert_rows(const TableLoad& load);

    sqlite::Database database_;
    std::map<std::string, Reading, std::less<>> readings_;
};

}  // namespace pinflow::source
