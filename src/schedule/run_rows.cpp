// SPDX-License-Identifier: Apache-2.0
#include "schedule/run_rows.h"

#include <fmt/format.h>

namespace pinflow::schedule {
namespace {

template <class Enum, std::size_t n>
Result<Enum> word_to(const Enum (&values)[n], std::string_view word) {
    for (Enum value : values) {
        if (name_of(value) == word) return value;
    }
    return fail(Errc::corrupt, fmt::format("the run book holds the unknown word '{}'; a newer "
                                           "pinflow may have written it",
                                           word));
}

constexpr RunTrigger kTriggers[] = {RunTrigger::scheduled, RunTrigger::manual,
                                    RunTrigger::backfill};
constexpr RunState kRunStates[] = {RunState::queued, RunState::running,   RunState::succeeded,
                                   RunState::failed, RunState::cancelled, RunState::killed,
                                   RunState::skipped};
constexpr StepState kStepStates[] = {
    StepState::waiting,         StepState::running,   StepState::succeeded, StepState::failed,
    StepState::upstream_failed, StepState::cancelled, StepState::killed};

std::optional<Ledger> read_ledger(const sqlite::Statement& row, int first) {
    if (row.kind(first) == sqlite::ValueKind::null) return std::nullopt;
    return Ledger{.read = row.integer(first),
                  .written = row.integer(first + 1),
                  .quarantined = row.integer(first + 2),
                  .duplicates = row.integer(first + 3),
                  .late = row.integer(first + 4)};
}

}  // namespace

Result<Run> read_run(const sqlite::Statement& row) {
    Run run{.id = row.integer(0), .logical_ms = row.integer(1), .date = std::string(row.bytes(2))};
    TRY(run.trigger, word_to(kTriggers, row.bytes(3)));
    TRY(run.state, word_to(kRunStates, row.bytes(4)));
    run.reason = row.bytes(5);
    run.queued_ms = row.integer(6);
    run.started_ms = row.integer(7);
    run.ended_ms = row.integer(8);
    run.duration_us = row.integer(9);
    run.ledger = read_ledger(row, 10);
    return run;
}

Result<RunStep> read_step(const sqlite::Statement& row) {
    RunStep step{.position = static_cast<int>(row.integer(0)),
                 .name = std::string(row.bytes(2)),
                 .attempt = static_cast<int>(row.integer(1))};
    TRY(step.state, word_to(kStepStates, row.bytes(3)));
    step.reason = row.bytes(4);
    step.started_ms = row.integer(5);
    step.ended_ms = row.integer(6);
    step.duration_us = row.integer(7);
    step.ledger = read_ledger(row, 8);
    return step;
}

void bind_ledger(sqlite::Statement& statement, int first, const std::optional<Ledger>& ledger) {
    if (!ledger) {
        for (int at = 0; at < 5; ++at) statement.bind_null(first + at);
        return;
    }
    statement.bind(first, ledger->read);
    statement.bind(first + 1, ledger->written);
    statement.bind(first + 2, ledger->quarantined);
    statement.bind(first + 3, ledger->duplicates);
    statement.bind(first + 4, ledger->late);
}

std::string cut_text(std::string_view text) {
    if (text.size() <= kRunTextBytesMax) return std::string(text);
    constexpr std::string_view kCut = " … (cut)";
    std::size_t end = kRunTextBytesMax - kCut.size();
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    return std::string(text.substr(0, end)).append(kCut);
}

}  // namespace pinflow::schedule
