// SPDX-License-Identifier: Apache-2.0
#include "app/run_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace pinflow::app {
namespace {

std::string ledger_line(const Ledger& ledger) {
    return fmt::format("read {} = written {} + quarantined {} + duplicates {} + late {}",
                       with_thousands(ledger.read), with_thousands(ledger.written),
                       with_thousands(ledger.quarantined), with_thousands(ledger.duplicates),
                       with_thousands(ledger.late));
}

std::string time_text(Timestamp at_ms) { return at_ms == 0 ? "-" : format_utc(at_ms); }

std::string seconds_text(std::int64_t duration_us) {
    return duration_us == 0 ? "-" : fmt::format("{:.2f} s", static_cast<double>(duration_us) / 1e6);
}

// One line of a table; the reason's further lines go under it.
std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::string indented(const std::string& text) {
    std::string lines;
    for (std::string_view line : split(text, '\n')) lines += fmt::format("      {}\n", line);
    return lines;
}

}  // namespace

std::string runs_text(const std::vector<Run>& runs) {
    if (runs.empty()) return "no runs yet: pinflow run start, or pinflow up with a schedule\n";
    std::string text = fmt::format("{:>5}  {:10}  {:9}  {:9}  {:19}  {:>9}  {}\n", "run", "date",
                                   "trigger", "state", "started (UTC)", "took", "ledger or reason");
    for (const Run& run : runs) {
        text += fmt::format("{:>5}  {:10}  {:9}  {:9}  {:19}  {:>9}  {}\n", run.id, run.date,
                            name_of(run.trigger), name_of(run.state), time_text(run.started_ms),
                            seconds_text(run.duration_us),
                            run.ledger ? ledger_line(*run.ledger) : first_line(run.reason));
    }
    return text;
}

std::string details_text(const RunDetails& details, bool with_log) {
    const Run& run = details.run;
    std::string text = fmt::format("run {} of {}: {} ({}), started {} UTC, took {}\n", run.id,
                                   run.date, name_of(run.state), name_of(run.trigger),
                                   time_text(run.started_ms), seconds_text(run.duration_us));
    if (run.ledger) text += "  " + ledger_line(*run.ledger) + "\n";
    if (!run.reason.empty()) text += indented(run.reason);
    for (const RunStep& step : details.steps) {
        text += fmt::format("  {:16} attempt {}  {:15}  {:19}  {:>9}  {}\n", step.name,
                            step.attempt, name_of(step.state), time_text(step.started_ms),
                            seconds_text(step.duration_us),
                            step.ledger ? ledger_line(*step.ledger) : "");
        if (!step.reason.empty()) text += indented(step.reason);
    }
    if (!with_log) return text;
    for (const RunLogLine& line : details.log) {
        text += fmt::format("{} {} ({}): {}\n", format_utc(line.at_ms), line.step, line.attempt,
                            line.text);
    }
    return text;
}

}  // namespace pinflow::app
