// SPDX-License-Identifier: Apache-2.0
#include "remote/mysql/loading.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "base/text.h"
#include "remote/mysql/sql_text.h"

namespace pinflow::mysql {
namespace {

constexpr std::size_t kStatementBytes = 512 << 10;  // below every server's max_allowed_packet
constexpr std::size_t kNameBytesMax = 64;           // MySQL's own limit

std::string building_name(std::string_view table) {
    return fmt::format("pinflow_building_{}", table);
}
std::string replaced_name(std::string_view table) {
    return fmt::format("pinflow_replaced_{}", table);
}

std::string text_of(const SourceValue& value) {
    auto* text = std::get_if<std::string>(&value);
    return text != nullptr ? *text : "";
}

template <class T>
std::unexpected<Failure> in_table(const TableLoad& load, Reply<T> failed) {
    Failure failure = std::move(failed).error();
    failure.error.text = fmt::format("loading table {}: {}", load.table.name, failure.error.text);
    return std::unexpected(std::move(failure));
}

// One load's way; the connection is held for all of it.
class Loading final {
public:
    Loading(Connection& connection, std::span<const TableLoad> loads, Existing existing)
        : connection_(connection), loads_(loads), existing_(existing) {}

    Reply<void> run();

private:
    Reply<void> check_names();
    Reply<void> take_lock();
    Reply<void> find_existing();
    Reply<void> drop_leavings();
    Reply<void> build(const TableLoad& load);
    Reply<void> insert_rows(const TableLoad& load);
    Reply<void> put_in_place();

    Connection& connection_;
    std::span<const TableLoad> loads_;
    Existing existing_;
    std::vector<std::string> present_;  // names of the loads that are taken
};

Reply<void> Loading::run() {
    TRY_STATUS(check_names());
    TRY_STATUS(take_lock());
    TRY_STATUS(find_existing());
    TRY_STATUS(drop_leavings());
    for (const TableLoad& load : loads_) {
        if (auto built = build(load); !built) {
            (void)drop_leavings();  // the next load does it if the connection is gone
            return in_table(load, std::move(built));
        }
    }
    TRY_STATUS(put_in_place());
    return drop_leavings();
}

Reply<void> Loading::check_names() {
    for (const TableLoad& load : loads_) {
        const std::string& name = load.table.name;
        if (load.table.columns.empty())
            return fails(Errc::invalid_argument, fmt::format("table {} has no columns", name));
        if (building_name(name).size() > kNameBytesMax)
            return fails(Errc::invalid_argument,
                         fmt::format("the table's name {} is too long", name));
    }
    return {};
}

// The server gives the lock back when the connection ends, however it ends.
Reply<void> Loading::take_lock() {
    TRY(auto answer,
        connection_.query("SELECT GET_LOCK(CONCAT('pinflow.', LEFT(MD5(DATABASE()), 32)), 0)"));
    if (answer.size() == 1 && answer[0].values[0].second == SourceValue{std::int64_t{1}}) return {};
    return fails(Errc::busy, "another pinflow is loading tables into this database; wait for it");
}

Reply<void> Loading::find_existing() {
    std::string names;
    for (const TableLoad& load : loads_) {
        if (!names.empty()) names += ", ";
        connection_.append_literal(names, load.table.name);
    }
    TRY(auto rows,
        connection_.query("SELECT TABLE_NAME, TABLE_TYPE FROM information_schema.TABLES WHERE "
                          "TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN (" +
                          names + ")"));
    for (const SourceRow& row : rows) {
        std::string name = text_of(row.values[0].second);
        if (text_of(row.values[1].second) == "VIEW")
            return fails(
                Errc::already_exists,
                fmt::format("{} is a view there; drop it, or take another database", name));
        present_.push_back(std::move(name));
    }
    if (present_.empty() || existing_ == Existing::replace) return {};
    return fails(Errc::already_exists,
                 fmt::format("the database has {} already; to replace it, say --replace",
                             join(present_, ", ")));
}

Reply<void> Loading::drop_leavings() {
    std::string names;
    for (const TableLoad& load : loads_) {
        for (const std::string& name :
             {building_name(load.table.name), replaced_name(load.table.name)}) {
            names += (names.empty() ? "" : ", ") + name_in_sql(name);
        }
    }
    return connection_.run("DROP TABLE IF EXISTS " + names);
}

Reply<void> Loading::build(const TableLoad& load) {
    TRY_STATUS(connection_.run(create_statement(building_name(load.table.name), load.table)));
    return insert_rows(load);
}

Reply<void> Loading::insert_rows(const TableLoad& load) {
    const std::string begin =
        fmt::format("INSERT INTO {} VALUES ", name_in_sql(building_name(load.table.name)));
    std::vector<SourceValue> values(load.table.columns.size());
    std::string sql = begin;
    for (std::int64_t row = 0; row < load.count; ++row) {
        load.make(row, values);
        CHECK(values.size() == load.table.columns.size(), "a row has one value a column");
        sql += sql.size() == begin.size() ? "(" : ",(";
        for (const SourceValue& value : values) {
            if (&value != &values.front()) sql += ',';
            if (auto appended = append_value(connection_, sql, value); !appended)
                return std::unexpected(Failure{.error = std::move(appended).error()});
        }
        sql += ')';
        if (sql.size() < kStatementBytes && row + 1 < load.count) continue;
        TRY_STATUS(connection_.run(sql));
        sql.resize(begin.size());
    }
    return {};
}

Reply<void> Loading::put_in_place() {
    std::string moves;
    auto move = [&](std::string_view from, std::string_view to) {
        moves += fmt::format("{}{} TO {}", moves.empty() ? "" : ", ", name_in_sql(from),
                             name_in_sql(to));
    };
    for (const std::string& name : present_) move(name, replaced_name(name));
    for (const TableLoad& load : loads_) move(building_name(load.table.name), load.table.name);
    return connection_.run("RENAME TABLE " + moves);
}

}  // namespace

Reply<void> load_tables(Connection& connection, std::span<const TableLoad> loads,
                        Existing existing) {
    return Loading(connection, loads, existing).run();
}

}  // namespace pinflow::mysql
