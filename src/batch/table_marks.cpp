// SPDX-License-Identifier: Apache-2.0
#include "batch/table_marks.h"

#include <fmt/format.h>

#include <vector>

#include "base/hash.h"
#include "base/text.h"

namespace pinflow::batch {
namespace {

std::string fingerprint(std::string_view text) {
    std::string hex;
    for (std::uint8_t byte : sha256(text)) hex += fmt::format("{:02x}", byte);
    return hex;
}

// Each part with its length before it, so that no two lists of parts give one text.
void add(std::string& text, std::string_view part) {
    text += fmt::format("{}:{};", part.size(), part);
}

void add(std::string& text, const Schema& schema) {
    for (const Field& field : schema) {
        add(text, field.name);
        add(text, name_of(field.type));
    }
    add(text, "");
}

std::string value_of(const std::map<std::string, std::string>& properties, const char* name) {
    auto found = properties.find(name);
    return found == properties.end() ? "" : found->second;
}

std::string totals_text(const Ledger& totals) {
    return fmt::format("{},{},{},{}", totals.read, totals.written, totals.quarantined,
                       totals.duplicates);
}

std::optional<Ledger> parse_totals(std::string_view text) {
    std::vector<std::int64_t> numbers;
    for (std::string_view part : split(text, ',')) {
        auto number = parse_int(part);
        if (!number) return std::nullopt;
        numbers.push_back(*number);
    }
    if (numbers.size() != 4) return std::nullopt;
    return Ledger{.read = numbers[0],
                  .written = numbers[1],
                  .quarantined = numbers[2],
                  .duplicates = numbers[3]};
}

}  // namespace

Result<CleanMarks> read_marks(const std::map<std::string, std::string>& properties) {
    CleanMarks marks{.load = load_named(value_of(properties, kLoadProperty)),
                     .epoch = value_of(properties, kEpochProperty),
                     .cleaning = value_of(properties, kCleaningProperty),
                     .totals = {}};
    if (marks.load != Load::only_new) return marks;
    auto batch = parse_int(value_of(properties, kBatchProperty));
    auto totals = parse_totals(value_of(properties, kTotalsProperty));
    if (!batch || !totals)
        return fail(Errc::corrupt, fmt::format("its properties {} and {} do not parse",
                                               kBatchProperty, kTotalsProperty));
    marks.batch = *batch;
    marks.totals = *totals;
    return marks;
}

std::map<std::string, std::string> marks_of(Load load) {
    return {{kLoadProperty, std::string(name_of(load))},
            {kEpochProperty, ""},
            {kCleaningProperty, ""},
            {kBatchProperty, ""},
            {kTotalsProperty, ""}};
}

std::map<std::string, std::string> marks_of(const CleanMarks& marks) {
    return {{kLoadProperty, std::string(name_of(marks.load.value_or(Load::all)))},
            {kEpochProperty, marks.epoch},
            {kCleaningProperty, marks.cleaning},
            {kBatchProperty, std::to_string(marks.batch)},
            {kTotalsProperty, totals_text(marks.totals)}};
}

std::string shape_fingerprint(const RecordShape& shape) {
    std::string text;
    add(text, shape.columns);
    add(text, shape.key);
    for (const std::string& fallback : shape.key_fallbacks) add(text, fallback);
    add(text, "");
    for (Unwrap wrapping : shape.unwrap) add(text, std::to_string(static_cast<int>(wrapping)));
    return fingerprint(text);
}

std::string cleaning_fingerprint(const PipelineKind& kind) {
    std::string text;
    add(text, kind.clean_sql);
    add(text, kind.cleaned);
    return fingerprint(text);
}

}  // namespace pinflow::batch
