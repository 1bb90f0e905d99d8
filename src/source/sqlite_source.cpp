// SPDX-License-Identifier: Apache-2.0
#include "source/sqlite_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <future>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "source/column_types.h"
#include "source/float_text.h"

namespace pinflow::source {
namespace {

// Pages that hold many rows load a quarter faster, and are counted twice as fast, than SQLite's 4
// KiB (they apply to a new file only); the cache, in KiB, makes fewer and longer writes.
constexpr const char* kLoadPragmas = "PRAGMA page_size=16384; PRAGMA cache_size=-32768";

// Names such as `index` are words of SQL.
std::string name_in_sql(std::string_view name) {
    std::string text = "\"";
    for (char c : name) text.append(c == '"' ? 2 : 1, c);
    return text + '"';
}

SourceValue value_of(const sqlite::Statement& statement, int column) {
    auto declared = kind_of_declared(statement.declared_type(column));
    switch (statement.kind(column)) {
        case sqlite::ValueKind::null: return std::monostate{};
        case sqlite::ValueKind::integer: return statement.integer(column);
        case sqlite::ValueKind::real:
            if (declared == SourceColumn::Kind::single_float)
                return float_text(statement.real(column));
            return statement.real(column);
        case sqlite::ValueKind::text:
        case sqlite::ValueKind::blob: break;
    }
    std::string text(statement.bytes(column));
    if (declared == SourceColumn::Kind::datetime) return DateTimeText{std::move(text)};
    return text;
}

SourceRow row_of(const sqlite::Statement& statement) {
    SourceRow row;
    for (int column = 0; column < statement.column_count(); ++column) {
        row.values.emplace_back(statement.column_name(column), value_of(statement, column));
    }
    return row;
}

// `value` is borrowed until the statement has run.
void bind_value(sqlite::Statement& insert, int parameter, const SourceValue& value) {
    struct Binder {
        sqlite::Statement& insert;
        int parameter;
        void operator()(std::monostate) { insert.bind_null(parameter); }
        void operator()(std::int64_t number) { insert.bind(parameter, number); }
        void operator()(double number) { insert.bind(parameter, number); }
        void operator()(const std::string& text) { insert.bind_text(parameter, text); }
        void operator()(const DateTimeText& date) { insert.bind_text(parameter, date.text); }
        // Spares SQLite its own, slower reading of the text.
        void operator()(const FloatText& number) {
            double parsed = 0;
            const char* end = number.text.data() + number.text.size();
            auto result = std::from_chars(number.text.data(), end, parsed);
            if (result.ec == std::errc{} && result.ptr == end)
                return insert.bind(parameter, parsed);
            insert.bind_text(parameter, number.text);
        }
    };
    std::visit(Binder{insert, parameter}, value);
}

std::string create_statement(const SourceTable& table) {
    std::string columns;
    for (const SourceColumn& column : table.columns) {
        bool is_key = &column == &table.columns.front();
        columns += fmt::format("{}{} {}{}", is_key ? "" : ", ", name_in_sql(column.name),
                               declared_as(column.kind), is_key ? " PRIMARY KEY" : "");
    }
    return fmt::format("CREATE TABLE {} ({})", name_in_sql(table.name), columns);
}

std::string insert_statement(const SourceTable& table) {
    std::string marks = "?";
    for (std::size_t i = 1; i < table.columns.size(); ++i) marks += ",?";
    return fmt::format("INSERT INTO {} VALUES ({})", name_in_sql(table.name), marks);
}

Result<std::int64_t> integer_answer(sqlite::Database& database, const std::string& sql) {
    TRY(auto query, database.prepare(sql));
    TRY(bool has_row, query.step());
    CHECK(has_row, "an aggregate always has one row");
    return query.integer(0);
}

constexpr std::int64_t kBlockRows = 1'024;

struct RowBlock {
    std::vector<std::vector<SourceValue>> rows;  // the first `count` are the block's
    std::int64_t count = 0;

    void make(std::int64_t first, std::int64_t wanted, std::size_t columns,
              const std::function<void(std::int64_t, std::vector<SourceValue>&)>& make_row) {
        count = wanted;
        rows.resize(static_cast<std::size_t>(kBlockRows), std::vector<SourceValue>(columns));
        for (std::int64_t row = 0; row < wanted; ++row) {
            std::vector<SourceValue>& values = rows[static_cast<std::size_t>(row)];
            make_row(first + row, values);
            CHECK(values.size() == columns, "a row has one value a column");
        }
    }
};

Status insert_block(sqlite::Statement& insert, const RowBlock& block) {
    for (std::int64_t row = 0; row < block.count; ++row) {
        int parameter = 0;
        for (const SourceValue& value : block.rows[static_cast<std::size_t>(row)]) {
            bind_value(insert, ++parameter, value);
        }
        TRY_STATUS(insert.run());
    }
    return {};
}

}  // namespace

Result<std::unique_ptr<SqliteSource>> SqliteSource::open(const std::string& path, Mode mode) {
    sqlite::OpenOptions options;
    options.access = mode == Mode::read ? sqlite::Access::read : sqlite::Access::create;
    options.write_ahead_log = false;  // one file, which can be copied as it stands
    auto database = sqlite::Database::open(path, options);
    if (!database && database.error().code == Errc::not_found && mode == Mode::read) {
        return fail(
            Errc::not_found,
            fmt::format("there is no post database at {}; make one with `pinflow seed`", path));
    }
    if (!database) return std::unexpected(std::move(database).error());
    // SQLite looks at the file only now.
    TRY_STATUS(integer_answer(*database, "SELECT count(*) FROM sqlite_master"));
    return std::unique_ptr<SqliteSource>(new SqliteSource(*std::move(database)));
}

Status SqliteSource::replace_file(const std::string& path,
                                  const std::function<Status(SqliteSource&)>& fill) {
    const std::string building = path + ".building";
    const std::string journal = building + "-journal";  // of a build that was cut short
    std::error_code ignored;
    std::filesystem::remove(building, ignored);
    std::filesystem::remove(journal, ignored);
    Status filled = [&]() -> Status {
        TRY(auto source, open(building, Mode::create));
        return fill(*source);
    }();
    std::error_code error;
    if (filled) std::filesystem::rename(building, path, error);
    if (!filled || error) std::filesystem::remove(building, ignored);
    if (!filled) return filled;
    if (error)
        return fail(Errc::io, fmt::format("cannot put {} in its place: {}", path, error.message()));
    return {};
}

Result<SourceRow> SqliteSource::row(const std::string& table, std::int64_t offset) {
    TRY(Reading * reading, reading_of(table));
    if (offset < 0)
        return fail(Errc::not_found, fmt::format("table {} has no row {}", table, offset));
    auto& query = offset < reading->dense_rows ? reading->by_key : reading->by_offset;
    query.bind(1, offset);
    TRY(bool has_row, query.step());
    if (!has_row)
        return fail(Errc::not_found, fmt::format("table {} has no row {}", table, offset));
    SourceRow row = row_of(query);
    query.reset();  // or the file would stay locked for writers
    return row;
}

Result<std::int64_t> SqliteSource::count(const std::string& table) {
    TRY_STATUS(check_table(table));
    return integer_answer(database_, "SELECT count(*) FROM " + name_in_sql(table));
}

Result<std::vector<std::string>> SqliteSource::columns(const std::string& table) {
    TRY_STATUS(check_table(table));
    TRY(auto query, database_.prepare("SELECT * FROM " + name_in_sql(table)));
    std::vector<std::string> names;
    for (int column = 0; column < query.column_count(); ++column)
        names.emplace_back(query.column_name(column));
    return names;
}

Status SqliteSource::load(std::span<const TableLoad> loads, Existing existing) {
    readings_.clear();
    TRY_STATUS(database_.execute(kLoadPragmas));
    TRY_STATUS(database_.execute("BEGIN IMMEDIATE"));
    Status loaded;
    for (const TableLoad& load : loads) {
        loaded = put_table(load, existing);
        if (!loaded) {
            loaded = with_context(std::move(loaded).error(), "loading table " + load.table.name);
            break;
        }
    }
    if (loaded) loaded = database_.execute("COMMIT");
    // Fails only where SQLite has rolled back by itself.
    if (!loaded) (void)database_.execute("ROLLBACK");
    return loaded;
}

Status SqliteSource::put_table(const TableLoad& load, Existing existing) {
    const std::string& name = load.table.name;
    if (load.table.columns.empty()) return fail(Errc::invalid_argument, "it has no columns");
    if (existing == Existing::refuse && check_table(name))
        return fail(Errc::already_exists, "it is there already");
    TRY_STATUS(database_.execute("DROP TABLE IF EXISTS " + name_in_sql(name)));
    TRY_STATUS(database_.execute(create_statement(load.table)));
    return insert_rows(load);
}

// The next block of rows is made while SQLite takes in the last: making costs nearly as much.
Status SqliteSource::insert_rows(const TableLoad& load) {
    const std::int64_t count = load.count;
    TRY(auto insert, database_.prepare(insert_statement(load.table)));
    RowBlock ready;
    RowBlock next;
    auto make_next = [&](std::int64_t first) {
        next.make(first, std::min(kBlockRows, count - first), load.table.columns.size(), load.make);
    };
    if (count > 0) make_next(0);
    for (std::int64_t done = 0; done < count;) {
        std::swap(ready, next);
        done += ready.count;
        std::future<void> making;
        if (done < count) making = std::async(std::launch::async, make_next, done);
        Status inserted = insert_block(insert, ready);
        if (making.valid()) making.get();
        TRY_STATUS(inserted);
    }
    return {};
}

Result<SqliteSource::Reading*> SqliteSource::reading_of(const std::string& table) {
    if (auto found = readings_.find(table); found != readings_.end()) return &found->second;
    TRY_STATUS(check_table(table));
    const std::string from = " FROM " + name_in_sql(table);
    TRY(auto columns, database_.prepare("SELECT *" + from));
    const std::string key = name_in_sql(columns.column_name(0));
    TRY(auto by_key, database_.prepare("SELECT *" + from + " WHERE " + key + " = ?"));
    TRY(auto by_offset, database_.prepare("SELECT *" + from + " ORDER BY " + key + " LIMIT ?, 1"));
    TRY(auto dense_rows, count_dense_rows(table, key));
    Reading reading{std::move(by_key), std::move(by_offset), dense_rows};
    return &readings_.emplace(table, std::move(reading)).first->second;
}

// Three questions rather than one: SQLite answers each of them alone without visiting the rows.
Result<std::int64_t> SqliteSource::count_dense_rows(const std::string& table,
                                                    const std::string& key) {
    TRY(auto keyed, database_.prepare("SELECT sum(pk > 0) = 1 AND sum(cid = 0 AND pk = 1) = 1 "
                                      "FROM pragma_table_info(?)"));
    keyed.bind_text(1, table);
    TRY(bool has_columns, keyed.step());
    if (!has_columns || keyed.integer(0) == 0) return 0;
    const std::string from = " FROM " + name_in_sql(table);
    TRY(auto rows, integer_answer(database_, "SELECT count(*)" + from));
    TRY(auto first, integer_answer(database_, "SELECT min(" + key + ") = 0" + from));
    TRY(auto last, integer_answer(database_, "SELECT max(" + key + ")" + from));
    return first != 0 && last == rows - 1 ? rows : 0;
}

Status SqliteSource::check_table(const std::string& table) {
    TRY(auto query, database_.prepare("SELECT 1 FROM sqlite_master WHERE type IN ('table', 'view') "
                                      "AND name = ? COLLATE NOCASE"));
    query.bind_text(1, table);
    TRY(bool has_row, query.step());
    if (has_row) return {};
    TRY(std::string present, table_names());
    return fail(Errc::not_found,
                fmt::format("{} has no table {} (it has: {}); `pinflow seed` makes one",
                            database_.path(), table, present));
}

Result<std::string> SqliteSource::table_names() {
    TRY(auto query,
        database_.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"));
    std::vector<std::string> names;
    while (true) {
        TRY(bool has_row, query.step());
        if (!has_row) break;
        names.emplace_back(query.bytes(0));
    }
    return names.empty() ? "none" : join(names, ", ");
}

}  // namespace pinflow::source
