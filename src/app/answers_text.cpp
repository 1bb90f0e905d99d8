// SPDX-License-Identifier: Apache-2.0
#include "app/answers_text.h"

#include <fmt/format.h>

#include "app/terminal.h"
#include "base/text.h"
#include "batch/table_text.h"

namespace pinflow::app {

std::string answers_text(const batch::Answers& answers) {
    constexpr std::size_t kRowsShown = 8;
    batch::TableStyle style{.width = static_cast<std::size_t>(terminal_columns()),
                            .rows_max = kRowsShown};
    std::string text;
    for (const batch::Answer& answer : answers) {
        text += fmt::format("\n{}: {}\n{}", answer.name, answer.title,
                            batch::table_text(answer.rows, style));
    }
    return text + "\n";
}

std::string ledger_text(std::string_view run, const Ledger& ledger) {
    return fmt::format(
        "ledger {:7} read {} = written {} + quarantined {} + duplicates {} + late {}{}\n", run,
        with_thousands(ledger.read), with_thousands(ledger.written),
        with_thousands(ledger.quarantined), with_thousands(ledger.duplicates),
        with_thousands(ledger.late), ledger.adds_up() ? "" : "   DOES NOT ADD UP");
}

}  // namespace pinflow::app
