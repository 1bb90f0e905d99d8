// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>

#include "ports/source_db.h"
#include "remote/mysql/session.h"

namespace pinflow::mysql {

// The post database in a real MySQL or MariaDB. Connections that are lost are made anew, and the
// question is asked again: row() names its row by its number, so none is skipped or doubled.
//
// Key order: by the primary key; without one by the first unique key over columns that are never
// NULL, which InnoDB stores the rows by; without that, as the table gives its rows. The course's
// script says no order at all, and what it gets from InnoDB is this one.
class MysqlSource final : public SourceDb {
public:
    // unavailable, timed_out: the server is not there (asked once); permission, not_found: it says
    // no, or has no such database. Every error names the server, without the password.
    static Result<std::unique_ptr<MysqlSource>> open(MysqlSettings settings, MysqlPorts ports);

    // As fast for the last row as for the first if the key is one column of whole numbers without a
    // gap (seen at the table's first use and after each reconnection; rows that others delete or
    // insert meanwhile may shift the offsets of the rest only then); else the server counts its
    // way.
    Result<SourceRow> row(const std::string& table, std::int64_t offset) override;
    Result<std::int64_t> count(const std::string& table) override;
    Result<std::vector<std::string>> columns(const std::string& table) override;

    // Asked once: a load that fails has left the tables as they were, and can be said again.
    // already_exists: also a view of that name. busy: another load is going on in the database.
    Status load(std::span<const TableLoad> loads, Existing existing) override;

private:
    struct Reading {
        std::string select;     // SELECT * FROM `table`
        std::string order_by;   // with its words, or empty
        std::string dense_key;  // the key's columns name where it is dense
        std::int64_t first_key = 0;
        std::int64_t dense_rows = 0;  // keys are exactly first_key … first_key + dense_rows - 1
    };
    using Rows = std::vector<SourceRow>;

    MysqlSource(Session session, std::string place)
        : session_(std::move(session)), place_(std::move(place)) {}

    Reply<Rows> row_at(Connection& connection, const std::string& table, std::int64_t offset);
    Reply<Reading*> reading_of(Connection& connection, const std::string& table);
    Reply<void> look_for_density(Connection& connection, const std::string& table,
                                 const std::string& key, Reading& reading);
    template <class T>
    Result<T> explained(Result<T> answer, const std::string& table);
    std::string table_hint(const std::string& table);

    Session session_;
    std::string place_;
    std::map<std::string, Reading, std::less<>> readings_;
    int readings_of_connection_ = 0;
};

}  // namespace pinflow::mysql
