// SPDX-License-Identifier: Apache-2.0
#include "remote/mysql/mysql_source.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "remote/mysql/loading.h"
#include "remote/mysql/sql_text.h"

namespace pinflow::mysql {
namespace {

using Rows = std::vector<SourceRow>;

constexpr std::size_t kNamesShown = 10;

const SourceValue* find(const SourceRow& row, std::string_view column) {
    for (const auto& [name, value] : row.values) {
        if (name == column) return &value;
    }
    return nullptr;
}

std::string text_at(const SourceRow& row, std::string_view column) {
    const SourceValue* value = find(row, column);
    auto* text = value == nullptr ? nullptr : std::get_if<std::string>(value);
    return text == nullptr ? "" : *text;
}

bool is_null_at(const SourceRow& row, std::string_view column) {
    const SourceValue* value = find(row, column);
    return value == nullptr || std::holds_alternative<std::monostate>(*value);
}

bool is_zero_at(const SourceRow& row, std::string_view column) {
    const SourceValue* value = find(row, column);
    return value != nullptr && *value == SourceValue{std::int64_t{0}};
}

// The columns of the key that the rows are stored by. SHOW KEYS gives the primary key first, then
// the unique ones over columns that are never NULL, which is the order InnoDB chooses in.
std::vector<std::string> key_columns(const Rows& keys) {
    for (const SourceRow& first : keys) {
        std::string name = text_at(first, "Key_name");
        std::vector<std::string> columns;
        bool orders_rows = true;
        for (const SourceRow& part : keys) {
            if (text_at(part, "Key_name") != name) continue;
            columns.push_back(text_at(part, "Column_name"));
            orders_rows &= is_zero_at(part, "Non_unique") && text_at(part, "Null") != "YES" &&
                           is_null_at(part, "Sub_part") && !columns.back().empty();
        }
        if (orders_rows) return columns;
    }
    return {};
}

std::string order_by(const std::vector<std::string>& columns) {
    std::string text;
    for (const std::string& column : columns)
        text += (text.empty() ? " ORDER BY " : ", ") + name_in_sql(column);
    return text;
}

}  // namespace

Result<std::unique_ptr<MysqlSource>> MysqlSource::open(MysqlSettings settings, MysqlPorts ports) {
    std::string place = settings.shown();
    if (settings.database.empty()) {
        return fail(Errc::invalid_argument,
                    fmt::format("{}: no database is named; write it behind the host, as in "
                                "mysql://user@host:3306/database",
                                place));
    }
    TRY(auto session, Session::open(std::move(settings), std::move(ports)));
    return std::unique_ptr<MysqlSource>(new MysqlSource(std::move(session), std::move(place)));
}

Result<SourceRow> MysqlSource::row(const std::string& table, std::int64_t offset) {
    auto none = [&] {
        return fail(Errc::not_found,
                    fmt::format("{}: table {} has no row {}", place_, table, offset));
    };
    if (offset < 0) return none();
    auto rows = session_.ask<Rows>(
        [&](Connection& connection) { return row_at(connection, table, offset); });
    TRY(Rows found, explained(std::move(rows), table));
    if (found.empty()) return none();
    return std::move(found.front());
}

Reply<Rows> MysqlSource::row_at(Connection& connection, const std::string& table,
                                std::int64_t offset) {
    TRY(Reading * reading, reading_of(connection, table));
    if (offset < reading->dense_rows) {
        TRY(Rows rows,
            connection.query(fmt::format("{} WHERE {} = {}", reading->select, reading->dense_key,
                                         reading->first_key + offset)));
        if (!rows.empty()) return rows;
        reading->dense_rows = 0;  // somebody has deleted rows since
    }
    return connection.query(
        fmt::format("{}{} LIMIT {}, 1", reading->select, reading->order_by, offset));
}

Reply<MysqlSource::Reading*> MysqlSource::reading_of(Connection& connection,
                                                     const std::string& table) {
    if (readings_of_connection_ != session_.reconnects()) readings_.clear();
    readings_of_connection_ = session_.reconnects();
    if (auto found = readings_.find(table); found != readings_.end()) return &found->second;
    TRY(Rows keys, connection.query("SHOW KEYS FROM " + name_in_sql(table)));
    std::vector<std::string> columns = key_columns(keys);
    Reading reading{.select = "SELECT * FROM " + name_in_sql(table), .order_by = order_by(columns)};
    if (columns.size() == 1)
        TRY_STATUS(look_for_density(connection, table, columns.front(), reading));
    return &readings_.emplace(table, std::move(reading)).first->second;
}

// One statement, so that all three are of one moment; the server finds both ends without a search.
Reply<void> MysqlSource::look_for_density(Connection& connection, const std::string& table,
                                          const std::string& key, Reading& reading) {
    const std::string from = " FROM " + name_in_sql(table);
    const std::string column = name_in_sql(key);
    TRY(Rows rows,
        connection.query(fmt::format("SELECT (SELECT COUNT(*){0}), (SELECT MIN({1}){0}), "
                                     "(SELECT MAX({1}){0})",
                                     from, column)));
    if (rows.size() != 1) return {};
    auto* count = std::get_if<std::int64_t>(&rows[0].values[0].second);
    auto* first = std::get_if<std::int64_t>(&rows[0].values[1].second);
    auto* last = std::get_if<std::int64_t>(&rows[0].values[2].second);
    if (count == nullptr || first == nullptr || last == nullptr) return {};
    std::int64_t spread = 0;
    if (__builtin_sub_overflow(*last, *first, &spread) || spread != *count - 1) return {};
    reading.dense_key = column;
    reading.first_key = *first;
    reading.dense_rows = *count;
    return {};
}

Result<std::int64_t> MysqlSource::count(const std::string& table) {
    auto rows = session_.ask<Rows>([&](Connection& connection) {
        return connection.query("SELECT COUNT(*) FROM " + name_in_sql(table));
    });
    TRY(Rows found, explained(std::move(rows), table));
    auto* count =
        found.size() == 1 ? std::get_if<std::int64_t>(&found[0].values[0].second) : nullptr;
    if (count == nullptr) return fail(Errc::internal, place_ + ": COUNT(*) gave no number");
    return *count;
}

Result<std::vector<std::string>> MysqlSource::columns(const std::string& table) {
    auto rows = session_.ask<Rows>([&](Connection& connection) {
        return connection.query("SHOW COLUMNS FROM " + name_in_sql(table));
    });
    TRY(Rows found, explained(std::move(rows), table));
    std::vector<std::string> names;
    for (const SourceRow& row : found) names.push_back(text_at(row, "Field"));
    return names;
}

Status MysqlSource::load(std::span<const TableLoad> loads, Existing existing) {
    readings_.clear();
    auto connection = session_.connection();
    Reply<void> loaded = connection ? load_tables(**connection, loads, existing)
                                    : Reply<void>(std::unexpected(std::move(connection).error()));
    if (loaded) return {};
    Error error = std::move(loaded).error().error;
    if (error.text.find(place_) == std::string::npos) return with_context(std::move(error), place_);
    return std::unexpected(std::move(error));
}

// A table that is not there is the commonest mistake: the error says which ones are.
template <class T>
Result<T> MysqlSource::explained(Result<T> answer, const std::string& table) {
    bool is_table_missing = !answer && answer.error().code == Errc::not_found &&
                            answer.error().text.find("(error 1146)") != std::string::npos;
    if (!is_table_missing) return answer;
    return fail(Errc::not_found,
                fmt::format("{} has no table {}{}; is source.url the right database?", place_,
                            table, table_hint(table)));
}

std::string MysqlSource::table_hint(const std::string& table) {
    auto rows =
        session_.ask<Rows>([](Connection& connection) { return connection.query("SHOW TABLES"); });
    if (!rows) return "";
    std::vector<std::string> names;
    for (const SourceRow& row : *rows) {
        auto* name = std::get_if<std::string>(&row.values[0].second);
        if (name != nullptr) names.push_back(*name);
    }
    if (auto nearest = nearest_word(table, names))
        return fmt::format(", did you mean {}?", *nearest);
    if (names.empty()) return " (it has none); `pinflow seed --into` makes them";
    std::size_t shown = std::min(names.size(), kNamesShown);
    return fmt::format(" (it has: {}{}); `pinflow seed --into` makes the course's",
                       join(std::span(names).first(shown), ", "),
                       shown < names.size() ? ", …" : "");
}

}  // namespace pinflow::mysql
