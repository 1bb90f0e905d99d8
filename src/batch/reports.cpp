// SPDX-License-Identifier: Apache-2.0
#include "batch/reports.h"

#include <fmt/format.h>

#include "base/text.h"
#include "batch/cell_text.h"
#include "batch/csv_text.h"

namespace pinflow::batch {
namespace {

void write_ledger_members(json::JsonWriter& writer, const Ledger& ledger) {
    writer.member("read", ledger.read)
        .member("written", ledger.written)
        .member("quarantined", ledger.quarantined)
        .member("duplicates", ledger.duplicates)
        .member("late", ledger.late)
        .member("adds_up", ledger.adds_up());
}

void write_kind(json::JsonWriter& writer, const KindReport& kind) {
    writer.begin_object();
    writer.member("kind", std::string_view(kind.kind))
        .member("table", std::string_view(kind.table));
    write_ledger_members(writer, kind.ledger);
    writer.key("reasons").begin_object();
    for (const auto& [reason, records] : kind.reasons) writer.member(reason, records);
    writer.end_object();
    writer.member("objects", kind.objects)
        .member("bytes", kind.bytes)
        .member("table_version", kind.table_version)
        .member("quarantine_version", kind.quarantine_version)
        .member("duration_ms", kind.duration_us / 1000);
    writer.end_object();
}

void append_rows(std::string& out, const Rows& rows) {
    out += '[';
    for (std::size_t row = 0; row < rows.count(); ++row) {
        json::JsonWriter writer(answer_style());
        write_row(writer, rows, row);
        out += row == 0 ? "\n" : ",\n";
        out += writer.text();
    }
    out += rows.count() == 0 ? "]" : "\n]";
}

}  // namespace

std::string rows_json(const Rows& rows) {
    std::string out;
    append_rows(out, rows);
    return out + '\n';
}

std::string answers_json(const Answers& answers) {
    std::string out = "{";
    for (const Answer& answer : answers) {
        out += out.size() == 1 ? "\n" : ",\n";
        json::append_string(out, answer.name);
        out += ':';
        append_rows(out, answer.rows);
    }
    return out + "\n}\n";
}

std::string ledger_json(const BatchReport& report) {
    json::JsonWriter writer;
    writer.begin_object();
    writer.member("started", std::string_view(format_utc(report.started_ms)));
    writer.member("duration_ms", report.duration_us / 1000);
    writer.key("kinds").begin_array();
    for (const KindReport& kind : report.kinds) write_kind(writer, kind);
    writer.end_array();
    writer.key("total").begin_object();
    write_ledger_members(writer, report.total());
    writer.end_object();
    writer.member("ignored_objects", report.ignored_count);
    writer.key("ignored").begin_array();
    for (const IgnoredObject& object : report.ignored) {
        writer.begin_object();
        writer.member("key", std::string_view(object.key))
            .member("reason", std::string_view(object.reason));
        writer.end_object();
    }
    writer.end_array();
    writer.end_object();
    return std::move(writer).take() + '\n';
}

Task<Status> write_answers(ObjectStore& reports, std::string prefix, const Answers& answers) {
    CO_TRY_STATUS(
        co_await reports.put(prefix + "answers.json", answers_json(answers), PutIf::always));
    for (const Answer& answer : answers) {
        CO_TRY_STATUS(co_await reports.put(fmt::format("{}{}.csv", prefix, answer.name),
                                           csv_text(answer.rows), PutIf::always));
    }
    co_return Status{};
}

Task<Status> write_ledger(ObjectStore& reports, std::string prefix, const BatchReport& report) {
    co_return co_await reports.put(prefix + "ledger.json", ledger_json(report), PutIf::always);
}

}  // namespace pinflow::batch
