// SPDX-License-Identifier: Apache-2.0
#include "app/step_notes.h"

#include <fmt/format.h>

#include <algorithm>

#include "codec/json/walk.h"
#include "codec/json/writer.h"

namespace pinflow::app {
namespace {

using json::JsonReader;
using json::JsonWriter;

Status read_into(JsonReader& reader, std::int64_t& number) {
    TRY(number, reader.read_int());
    return {};
}

Status read_into(JsonReader& reader, std::string& text) {
    TRY(text, reader.read_string());
    return {};
}

std::string load_text(const LoadNote& note) {
    JsonWriter writer;
    writer.begin_object();
    writer.member("started_ms", note.started_ms).member("until_ms", note.until_ms);
    writer.member("ignored_count", note.ignored_count).key("ignored").begin_array();
    for (const batch::IgnoredObject& object : note.ignored) {
        writer.begin_object().member("key", std::string_view(object.key));
        writer.member("reason", std::string_view(object.reason)).end_object();
    }
    writer.end_array().end_object();
    return std::move(writer).take() + "\n";
}

Status read_ignored(JsonReader& reader, std::vector<batch::IgnoredObject>& ignored) {
    TRY_STATUS(reader.enter_array());
    while (true) {
        TRY(bool has_one, reader.next_element());
        if (!has_one) return {};
        batch::IgnoredObject object;
        TRY_STATUS(read_members(reader, [&](const std::string& name) {
            if (name == "key") return read_into(reader, object.key);
            return name == "reason" ? read_into(reader, object.reason) : reader.skip_value();
        }));
        ignored.push_back(std::move(object));
    }
}

Result<LoadNote> parse_load(const std::string& text) {
    JsonReader reader(text);
    LoadNote note;
    TRY_STATUS(read_members(reader, [&](const std::string& name) -> Status {
        if (name == "started_ms") return read_into(reader, note.started_ms);
        if (name == "until_ms") return read_into(reader, note.until_ms);
        if (name == "ignored_count") return read_into(reader, note.ignored_count);
        if (name == "ignored") return read_ignored(reader, note.ignored);
        return reader.skip_value();
    }));
    TRY_STATUS(reader.finish());
    return note;
}

// A report's numbers by their names, for writing and for reading.
struct NamedNumber {
    std::string_view name;
    std::int64_t& (*of)(batch::KindReport& report);
};

constexpr NamedNumber kNumbers[] = {
    {"read", [](batch::KindReport& report) -> std::int64_t& { return report.ledger.read; }},
    {"written", [](batch::KindReport& report) -> std::int64_t& { return report.ledger.written; }},
    {"quarantined",
     [](batch::KindReport& report) -> std::int64_t& { return report.ledger.quarantined; }},
    {"duplicates",
     [](batch::KindReport& report) -> std::int64_t& { return report.ledger.duplicates; }},
    {"late", [](batch::KindReport& report) -> std::int64_t& { return report.ledger.late; }},
    {"objects", [](batch::KindReport& report) -> std::int64_t& { return report.objects; }},
    {"table_version",
     [](batch::KindReport& report) -> std::int64_t& { return report.table_version; }},
    {"quarantine_version",
     [](batch::KindReport& report) -> std::int64_t& { return report.quarantine_version; }},
    {"duration_us", [](batch::KindReport& report) -> std::int64_t& { return report.duration_us; }},
};

std::string kind_text(batch::KindReport report) {
    JsonWriter writer;
    writer.begin_object();
    writer.member("kind", std::string_view(report.kind));
    writer.member("table", std::string_view(report.table));
    for (const NamedNumber& number : kNumbers) writer.member(number.name, number.of(report));
    writer.member("bytes", report.bytes).key("reasons").begin_object();
    for (const auto& [reason, records] : report.reasons) writer.member(reason, records);
    writer.end_object().end_object();
    return std::move(writer).take() + "\n";
}

Status read_reasons(JsonReader& reader, batch::KindReport& report) {
    return read_members(reader, [&](const std::string& reason) {
        return read_into(reader, report.reasons[reason]);
    });
}

Result<batch::KindReport> parse_kind(const std::string& text) {
    JsonReader reader(text);
    batch::KindReport report;
    TRY_STATUS(read_members(reader, [&](const std::string& name) -> Status {
        if (name == "kind") return read_into(reader, report.kind);
        if (name == "table") return read_into(reader, report.table);
        if (name == "reasons") return read_reasons(reader, report);
        if (name == "bytes") {
            TRY(std::int64_t bytes, reader.read_int());
            report.bytes = static_cast<std::uint64_t>(bytes);
            return {};
        }
        for (const NamedNumber& number : kNumbers)
            if (name == number.name) return read_into(reader, number.of(report));
        return reader.skip_value();
    }));
    TRY_STATUS(reader.finish());
    return report;
}

}  // namespace

std::string StepNotes::path(const std::string& step) const {
    return fmt::format("{}/{}/{}.json", directory_, date_, step);
}

Status StepNotes::remove_date(const std::string& date) {
    std::string folder = directory_ + "/" + date;
    auto entries = files_.list(folder);
    if (!entries && entries.error().code == Errc::not_found) return {};
    if (!entries) return std::unexpected(std::move(entries).error());
    for (const DirectoryEntry& entry : *entries)
        TRY_STATUS(files_.remove(folder + "/" + entry.name));
    return files_.remove(folder);
}

Status StepNotes::begin(const LoadNote& note) {
    TRY_STATUS(remove_date(date_));
    TRY_STATUS(files_.make_directories(directory_ + "/" + date_));
    TRY(auto entries, files_.list(directory_));
    std::vector<std::string> dates;
    for (const DirectoryEntry& entry : entries)
        if (entry.is_directory && entry.name != date_) dates.push_back(entry.name);
    std::ranges::sort(dates);
    for (std::size_t at = 0; at + kStepDatesKept <= dates.size(); ++at)
        TRY_STATUS(remove_date(dates[at]));
    return write_small_file(files_, path("load"), load_text(note));
}

Result<std::string> StepNotes::read(const std::string& step) {
    auto text = read_small_file(files_, path(step));
    if (!text && text.error().code == Errc::not_found) {
        return fail(Errc::failed_check,
                    fmt::format("step {0} of {1} has not been done over this data directory: "
                                "pinflow run step {0} --date {1}",
                                step, date_));
    }
    return text;
}

Result<LoadNote> StepNotes::load() {
    TRY(std::string text, read("load"));
    auto note = parse_load(text);
    if (!note) return with_context(std::move(note).error(), path("load"));
    return note;
}

Status StepNotes::write_kind(const batch::KindReport& report) {
    return write_small_file(files_, path("clean_" + report.kind), kind_text(report));
}

Result<batch::KindReport> StepNotes::kind(const std::string& name) {
    TRY(std::string text, read("clean_" + name));
    auto report = parse_kind(text);
    if (!report) return with_context(std::move(report).error(), path("clean_" + name));
    return report;
}

}  // namespace pinflow::app
