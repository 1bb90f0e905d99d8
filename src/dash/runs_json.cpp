// SPDX-License-Identifier: Apache-2.0
#include "dash/runs_json.h"

namespace pinflow::dash {
namespace {

void write_time(json::JsonWriter& writer, std::string_view name, Timestamp at_ms) {
    writer.key(name);
    if (at_ms == 0) writer.null();
    else writer.value(at_ms);
}

void write_ledger(json::JsonWriter& writer, const std::optional<Ledger>& ledger) {
    writer.key("ledger");
    if (!ledger) {
        writer.null();
        return;
    }
    writer.begin_object();
    writer.member("read", ledger->read);
    writer.member("written", ledger->written);
    writer.member("quarantined", ledger->quarantined);
    writer.member("duplicates", ledger->duplicates);
    writer.member("late", ledger->late);
    writer.end_object();
}

void write_run_members(json::JsonWriter& writer, const Run& run) {
    writer.member("id", run.id);
    writer.member("date", std::string_view(run.date));
    writer.member("logical_ms", run.logical_ms);
    writer.member("trigger", name_of(run.trigger));
    writer.member("state", name_of(run.state));
    writer.member("reason", std::string_view(run.reason));
    write_time(writer, "queued_ms", run.queued_ms);
    write_time(writer, "started_ms", run.started_ms);
    write_time(writer, "ended_ms", run.ended_ms);
    writer.member("duration_us", run.duration_us);
    write_ledger(writer, run.ledger);
}

void write_step(json::JsonWriter& writer, const RunStep& step) {
    writer.begin_object();
    writer.member("name", std::string_view(step.name));
    writer.member("attempt", std::int64_t{step.attempt});
    writer.member("state", name_of(step.state));
    writer.member("reason", std::string_view(step.reason));
    write_time(writer, "started_ms", step.started_ms);
    write_time(writer, "ended_ms", step.ended_ms);
    writer.member("duration_us", step.duration_us);
    write_ledger(writer, step.ledger);
    writer.end_object();
}

void write_line(json::JsonWriter& writer, const RunLogLine& line) {
    writer.begin_object();
    writer.member("at_ms", line.at_ms);
    writer.member("step", std::string_view(line.step));
    writer.member("attempt", std::int64_t{line.attempt});
    writer.member("text", std::string_view(line.text));
    writer.end_object();
}

}  // namespace

void write_run(json::JsonWriter& writer, const Run& run) {
    writer.begin_object();
    write_run_members(writer, run);
    writer.end_object();
}

std::string run_json(const Run& run) {
    json::JsonWriter writer;
    write_run(writer, run);
    return std::move(writer).take();
}

std::string runs_json(const std::vector<Run>& runs) {
    json::JsonWriter writer;
    writer.begin_array();
    for (const Run& run : runs) write_run(writer, run);
    writer.end_array();
    return std::move(writer).take();
}

std::string details_json(const RunDetails& details) {
    json::JsonWriter writer;
    writer.begin_object();
    write_run_members(writer, details.run);
    writer.key("steps").begin_array();
    for (const RunStep& step : details.steps) write_step(writer, step);
    writer.end_array();
    writer.key("log").begin_array();
    for (const RunLogLine& line : details.log) write_line(writer, line);
    writer.end_array();
    writer.end_object();
    return std::move(writer).take();
}

}  // namespace pinflow::dash
