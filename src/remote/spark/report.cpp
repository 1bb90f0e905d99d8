// SPDX-License-Identifier: Apache-2.0
#include "remote/spark/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>

#include "base/hash.h"
#include "base/text.h"
#include "codec/json/walk.h"
#include "remote/spark/application.h"

namespace pinflow::spark {
namespace {

using json::JsonReader;
using Members = std::map<std::string, std::function<Status()>>;

constexpr std::int64_t kFormat = 1;

// Each member goes to the function of its name; the others are passed over.
Status read_members(JsonReader& reader, const Members& members) {
    return json::read_members(reader, [&](const std::string& name) {
        auto found = members.find(name);
        return found == members.end() ? reader.skip_value() : found->second();
    });
}

std::function<Status()> into(JsonReader& reader, std::string& value) {
    return [&]() -> Status {
        TRY(value, reader.read_string());
        return {};
    };
}

std::function<Status()> into(JsonReader& reader, std::int64_t& value) {
    return [&]() -> Status {
        TRY(value, reader.read_int());
        return {};
    };
}

Status read_reasons(JsonReader& reader, std::map<std::string, std::int64_t>& reasons) {
    TRY_STATUS(reader.enter_object());
    while (true) {
        TRY(std::optional<std::string> reason, reader.next_member());
        if (!reason) return {};
        TRY(reasons[*reason], reader.read_int());
    }
}

Status read_kind(JsonReader& reader, KindOutcome& kind) {
    TRY_STATUS(
        read_members(reader, {{"kind", into(reader, kind.kind)},
                              {"table", into(reader, kind.table)},
                              {"read", into(reader, kind.ledger.read)},
                              {"written", into(reader, kind.ledger.written)},
                              {"quarantined", into(reader, kind.ledger.quarantined)},
                              {"duplicates", into(reader, kind.ledger.duplicates)},
                              {"late", into(reader, kind.ledger.late)},
                              {"reasons", [&] { return read_reasons(reader, kind.reasons); }},
                              {"objects", into(reader, kind.objects)},
                              {"bytes", into(reader, kind.bytes)},
                              {"table_version", into(reader, kind.table_version)},
                              {"quarantine_version", into(reader, kind.quarantine_version)},
                              {"duration_us", into(reader, kind.duration_us)}}));
    if (kind.ledger.adds_up()) return {};
    return fail(Errc::corrupt, fmt::format("kind {}: the ledger does not add up: read {}, written "
                                           "{}, quarantined {}, duplicates {}",
                                           kind.kind, kind.ledger.read, kind.ledger.written,
                                           kind.ledger.quarantined, kind.ledger.duplicates));
}

std::unexpected<Error> no_value(const Field& column, std::string_view text) {
    return fail(Errc::corrupt,
                fmt::format("column {}: {} is no {}", column.name, text, name_of(column.type)));
}

template <class Number>
std::optional<Number> number_of(std::string_view text) {
    Number value{};
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional(value)
                                                                    : std::nullopt;
}

Status push_text(const Field& field, const std::string& text, Column& column) {
    switch (field.type) {
        case ColumnType::text: column.push_text(text); return {};
        case ColumnType::binary: {
            TRY(std::string bytes, base64_decode(text));
            column.push_text(bytes);
            return {};
        }
        case ColumnType::boolean: column.push_integer(text == "true" ? 1 : 0); return {};
        case ColumnType::float64: {
            auto real = number_of<double>(text);
            if (!real) return no_value(field, text);
            column.push_float(*real);
            return {};
        }
        default: {
            auto whole = number_of<std::int64_t>(text);
            if (!whole) return no_value(field, text);
            column.push_integer(*whole);
            return {};
        }
    }
}

Status read_list(JsonReader& reader, const Field& field, Column& column) {
    std::vector<double> items;
    std::vector<std::uint8_t> valid;
    TRY_STATUS(read_elements(reader, [&]() -> Status {
        TRY(json::Kind kind, reader.peek());
        valid.push_back(kind == json::Kind::null ? 0 : 1);
        if (kind == json::Kind::null) return items.push_back(0), reader.read_null();
        TRY(std::string text, reader.read_string());
        auto real = number_of<double>(text);
        if (!real) return no_value(field, text);
        items.push_back(*real);
        return {};
    }));
    column.push_list(items, valid);
    return {};
}

Status read_cell(JsonReader& reader, const Field& field, Column& column) {
    TRY(json::Kind kind, reader.peek());
    if (kind == json::Kind::null) return column.push_null(), reader.read_null();
    if (field.type == ColumnType::float64_list) return read_list(reader, field, column);
    TRY(std::string text, reader.read_string());
    return push_text(field, text, column);
}

Status read_row(JsonReader& reader, Rows& rows) {
    std::size_t at = 0;
    TRY_STATUS(read_elements(reader, [&]() -> Status {
        if (at == rows.columns.size()) return fail(Errc::corrupt, "a row has too many cells");
        TRY_STATUS(read_cell(reader, rows.schema[at], rows.columns[at]));
        ++at;
        return {};
    }));
    return at == rows.columns.size() ? Status{} : fail(Errc::corrupt, "a row has too few cells");
}

Status read_column(JsonReader& reader, Schema& columns) {
    std::vector<std::string> parts;
    TRY_STATUS(read_elements(reader, [&]() -> Status {
        TRY(std::string part, reader.read_string());
        parts.push_back(std::move(part));
        return {};
    }));
    auto type = parts.size() == 2 ? column_type_named(parts[1]) : std::nullopt;
    if (!type) return fail(Errc::corrupt, "a column is not [name, type]");
    columns.push_back({.name = parts[0], .type = *type});
    return {};
}

Status read_answer(JsonReader& reader, AnswerOutcome& answer) {
    Schema columns;
    return read_members(
        reader,
        {{"name", into(reader, answer.name)},
         {"columns",
          [&]() -> Status {
              TRY_STATUS(read_elements(reader, [&] { return read_column(reader, columns); }));
              answer.rows = Rows(columns);
              return {};
          }},
         {"rows",
          [&] { return read_elements(reader, [&] { return read_row(reader, answer.rows); }); }},
         {"duration_us", into(reader, answer.duration_us)}});
}

// The codes that the application knows (Problem in application/tables.py).
Errc code_named(const std::string& name) {
    constexpr std::array kKnown{Errc::invalid_argument, Errc::failed_check, Errc::unsupported,
                                Errc::corrupt,          Errc::not_found,    Errc::permission,
                                Errc::unavailable};
    auto found = std::ranges::find(kKnown, name, [](Errc code) { return name_of(code); });
    return found == kKnown.end() ? Errc::internal : *found;
}

struct Problem {
    std::string code, text, file;
    std::int64_t line = 0;
};

Error error_of(const Problem& problem, const Pipeline& pipeline) {
    std::string text = problem.text;
    if (!problem.file.empty()) {
        std::string file = original_file(pipeline, problem.file);
        text = problem.line > 0 ? fmt::format("{}:{}: {}", file, problem.line, text)
                                : fmt::format("{}: {}", file, text);
    }
    return {.code = code_named(problem.code), .text = "on Spark, " + text};
}

template <class Value>
std::function<Status()> each_into(JsonReader& reader, std::vector<Value>& values,
                                  Status (*read)(JsonReader&, Value&)) {
    return [&reader, &values, read] {
        return read_elements(reader, [&] { return read(reader, values.emplace_back()); });
    };
}

Status read_ignored(JsonReader& reader, IgnoredOutcome& object) {
    return read_members(
        reader, {{"key", into(reader, object.key)}, {"reason", into(reader, object.reason)}});
}

}  // namespace

Result<Report> parse_report(std::string_view json, const Pipeline& pipeline) {
    JsonReader reader(json);
    Report report;
    Problem problem;
    std::int64_t format = 0;
    Status read = read_members(
        reader, {{"format", into(reader, format)},
                 {"spark", into(reader, report.spark_version)},
                 {"kinds", each_into(reader, report.kinds, read_kind)},
                 {"answers", each_into(reader, report.answers, read_answer)},
                 {"ignored_count", into(reader, report.ignored_count)},
                 {"ignored", each_into(reader, report.ignored, read_ignored)},
                 {"error", [&] {
                      return read_members(reader, {{"code", into(reader, problem.code)},
                                                   {"text", into(reader, problem.text)},
                                                   {"file", into(reader, problem.file)},
                                                   {"line", into(reader, problem.line)}});
                  }}});
    if (!read) {
        Error error = std::move(read).error();
        error.code = Errc::corrupt;
        return with_context(std::move(error), "the application's report");
    }
    if (format != kFormat)
        return fail(Errc::corrupt, fmt::format("the application's report is of format {}, not {}",
                                               format, kFormat));
    if (!problem.code.empty()) return std::unexpected(error_of(problem, pipeline));
    return report;
}

}  // namespace pinflow::spark
