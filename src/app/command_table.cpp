// SPDX-License-Identifier: Apache-2.0
// `pinflow table …`: read from the tables themselves, so it works with and without a server.
#include <fmt/format.h>

#include "app/commands.h"
#include "app/lake_access.h"
#include "app/reading.h"
#include "base/reactor.h"
#include "base/text.h"
#include "codec/json/writer.h"

namespace pinflow::app {
namespace {

constexpr std::size_t kEventsShown = 20;  // without --json, which has all

std::int64_t bytes_of(const TableSnapshot& snapshot) {
    std::uint64_t bytes = 0;
    for (const DataFile& file : snapshot.files) bytes += file.bytes;
    return static_cast<std::int64_t>(bytes);
}

Result<Rows> list_rows(LakeAccess& lake) {
    Rows rows({{"table", ColumnType::text},
               {"version", ColumnType::int64},
               {"rows", ColumnType::int64},
               {"files", ColumnType::int64},
               {"bytes", ColumnType::int64}});
    TRY(auto names, run_here(lake.lake->list_tables()));
    for (const std::string& name : names) {
        TRY(auto table, lake.lake->table(name));
        TRY(auto snapshot, run_here(table->look(std::nullopt)));
        rows.columns[0].push_text(name);
        rows.columns[1].push_integer(snapshot.version);
        rows.columns[2].push_integer(snapshot.row_count());
        rows.columns[3].push_integer(static_cast<std::int64_t>(snapshot.files.size()));
        rows.columns[4].push_integer(bytes_of(snapshot));
    }
    return rows;
}

struct TableFacts {
    TableSnapshot snapshot;
    std::vector<TableEvent> events;  // newest first
};

// not_found with the nearest name of a table that is there.
Result<TableFacts> facts_of(LakeAccess& lake, const std::string& name) {
    TRY(auto table, lake.lake->table(name));
    auto snapshot = run_here(table->look(std::nullopt));
    if (!snapshot && snapshot.error().code == Errc::not_found) {
        TRY(auto names, run_here(lake.lake->list_tables()));
        auto nearest = nearest_word(name, names);
        return fail(Errc::not_found,
                    fmt::format("no table {}; {}", name,
                                nearest         ? fmt::format("did you mean '{}'?", *nearest)
                                : names.empty() ? "there are none yet"
                                                : "there are: " + join(names, ", ")));
    }
    if (!snapshot) return std::unexpected(snapshot.error());
    TRY(auto events, run_here(table->history()));
    return TableFacts{*std::move(snapshot), std::move(events)};
}

std::string facts_json(const std::string& name, const TableFacts& facts) {
    json::JsonWriter writer;
    writer.begin_object();
    writer.member("table", name);
    writer.member("version", facts.snapshot.version);
    writer.member("rows", facts.snapshot.row_count());
    writer.member("files", static_cast<std::int64_t>(facts.snapshot.files.size()));
    writer.member("bytes", bytes_of(facts.snapshot));
    writer.key("columns").begin_array();
    for (const Field& field : facts.snapshot.schema) {
        writer.begin_object();
        writer.member("name", field.name);
        writer.member("type", pinflow::name_of(field.type));
        writer.end_object();
    }
    writer.end_array();
    writer.key("history").begin_array();
    for (const TableEvent& event : facts.events) {
        writer.begin_object();
        writer.member("version", event.version);
        writer.member("time", format_utc(event.time_ms));
        writer.member("operation", event.operation);
        writer.member("rows_added", event.rows_added);
        writer.member("files_added", event.files_added);
        writer.member("files_removed", event.files_removed);
        writer.end_object();
    }
    writer.end_array();
    writer.end_object();
    return std::move(writer).take() + "\n";
}

Rows column_rows(const Schema& schema) {
    Rows rows({{"column", ColumnType::text}, {"type", ColumnType::text}});
    for (const Field& field : schema) {
        rows.columns[0].push_text(field.name);
        rows.columns[1].push_text(pinflow::name_of(field.type));
    }
    return rows;
}

Rows event_rows(const std::vector<TableEvent>& events) {
    Rows rows({{"version", ColumnType::int64},
               {"time (UTC)", ColumnType::text},
               {"operation", ColumnType::text},
               {"files_added", ColumnType::int64},
               {"files_removed", ColumnType::int64},
               {"rows_added", ColumnType::int64}});
    for (const TableEvent& event : events) {
        if (rows.count() == kEventsShown) break;
        rows.columns[0].push_integer(event.version);
        rows.columns[1].push_text(format_utc(event.time_ms));
        rows.columns[2].push_text(event.operation);
        rows.columns[3].push_integer(event.files_added);
        rows.columns[4].push_integer(event.files_removed);
        rows.columns[5].push_integer(event.rows_added);
    }
    return rows;
}

std::string facts_text(const std::string& name, const TableFacts& facts) {
    std::string text =
        fmt::format("{}: version {}, {} rows in {} files, {} bytes\n\n", name,
                    facts.snapshot.version, with_thousands(facts.snapshot.row_count()),
                    with_thousands(static_cast<std::int64_t>(facts.snapshot.files.size())),
                    with_thousands(bytes_of(facts.snapshot)));
    text += format_rows(column_rows(facts.snapshot.schema), "table", false);
    text +=
        fmt::format("\n{} commits", with_thousands(static_cast<std::int64_t>(facts.events.size())));
    if (facts.events.size() > kEventsShown) text += fmt::format(", the newest {}", kEventsShown);
    return text + "\n" + format_rows(event_rows(facts.events), "table", false);
}

}  // namespace

Exit command_table_list(const Context& context) {
    auto lake = open_lake(context.settings, context.directory, "read");
    if (!lake) return report(lake.error());
    auto rows = list_rows(**lake);
    if (!rows) return report(rows.error());
    if (rows->count() == 0 && !context.json) {
        print_message("no tables yet: 'pinflow batch run' or a put to a stream makes them");
        return Exit::ok;
    }
    print_out(format_rows(*rows, "table", context.json));
    return Exit::ok;
}

Exit command_table_describe(const Context& context, const NameOptions& options) {
    auto lake = open_lake(context.settings, context.directory, "read");
    if (!lake) return report(lake.error());
    auto facts = facts_of(**lake, options.name);
    if (!facts) return report(facts.error());
    print_out(context.json ? facts_json(options.name, *facts) : facts_text(options.name, *facts));
    return Exit::ok;
}

}  // namespace pinflow::app
