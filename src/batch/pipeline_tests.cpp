// SPDX-License-Identifier: Apache-2.0
#include "batch/pipeline_tests.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/text.h"
#include "batch/cell_text.h"
#include "batch/cleaning.h"
#include "batch/part.h"
#include "batch/record_source.h"
#include "batch/sql_error.h"
#include "batch/survey.h"
#include "codec/json/minify.h"
#include "codec/json/reader.h"

namespace pinflow::batch {
namespace {

struct Came {
    Rows rows;
    std::vector<std::string> reasons;
};

// A case's records as the lines of one object.
class CaseLines final : public PartStream {
public:
    explicit CaseLines(const PipelineTest& test) {
        for (const std::string& record : test.records) text_ += record + "\n";
    }
    Result<PartPointer> next() override {
        if (std::exchange(was_read_, true) || text_.empty()) return PartPointer{};
        Piece lines{.object = 0, .first_line = 1, .text = text_};
        return std::make_shared<Part>(Part{.number = 0, .pieces = {std::move(lines)}});
    }

private:
    std::string text_;
    bool was_read_ = false;
};

Result<Came> run_case(SqlEngine& engine, const PipelineKind& kind, const PipelineTest& test) {
    std::vector<SinkObject> objects{{.key = "test", .topic = kind.topic}};
    OpenParts open_parts = [&] { return std::make_unique<CaseLines>(test); };
    // What the session reads from outlives it. One thread: rows come in the order of the case.
    Survey found;
    RecordSource source(kind, objects, found, open_parts, false);
    TRY(std::unique_ptr<SqlSession> session, engine.open_session({.threads = 1}));
    auto parts = open_parts();
    TRY(found, survey(*session, kind, objects, *parts, 1, true));
    TRY_STATUS(session->create_source(kRawView, source));
    Came came;
    Result<Rows> rows = session->query(kind.clean_sql);
    if (!rows) return at_sql_file(std::move(rows).error(), kind.clean_file);
    came.rows = *std::move(rows);
    TRY(Rows refused, session->query(fmt::format("SELECT reason FROM {}", kQuarantineTable)));
    for (std::size_t row = 0; row < refused.count(); ++row) {
        came.reasons.emplace_back(refused.columns[0].text(row));
    }
    return came;
}

// 1.50 and 1.5 are one number: compared by value, other JSON by its minified text.
bool is_same_json(const std::string& expected, const std::string& came) {
    if (expected == came) return true;
    char* end = nullptr;
    double expected_number = std::strtod(expected.c_str(), &end);
    if (expected.empty() || *end != '\0') return false;
    double came_number = std::strtod(came.c_str(), &end);
    return !came.empty() && *end == '\0' && expected_number == came_number;
}

std::string row_text(const Rows& rows, std::size_t row) {
    json::JsonWriter writer(answer_style());
    write_row(writer, rows, row);
    return std::move(writer).take();
}

// What differs between the row and the columns that `expected` names, or nothing.
Result<std::string> compare_row(const std::string& expected, const Rows& rows, std::size_t row) {
    std::string differences;
    json::JsonReader reader(expected);
    TRY_STATUS(reader.enter_object());
    while (true) {
        TRY(std::optional<std::string> name, reader.next_member());
        if (!name) break;
        std::string value;
        TRY_STATUS(reader.copy_value(value));
        auto field = std::ranges::find(rows.schema, *name, &Field::name);
        if (field == rows.schema.end()) {
            differences += fmt::format("row {}: there is no column {}\n", row + 1, *name);
            continue;
        }
        const Column& column = rows.columns[static_cast<std::size_t>(field - rows.schema.begin())];
        std::string came = cell_json(column, row);
        if (!is_same_json(value, came)) {
            differences +=
                fmt::format("row {}, {}: expected {}, came {}\n", row + 1, *name, value, came);
        }
    }
    TRY_STATUS(reader.finish());
    return differences;
}

std::string compare_rows(const PipelineTest& test, const Rows& rows) {
    std::string differences;
    std::size_t common = std::min(test.rows.size(), rows.count());
    for (std::size_t row = 0; row < common; ++row) {
        Result<std::string> difference = compare_row(test.rows[row], rows, row);
        differences += difference ? *difference
                                  : fmt::format("row {} of the case is no JSON object: {}\n",
                                                row + 1, difference.error().text);
    }
    for (std::size_t row = common; row < test.rows.size(); ++row) {
        differences += fmt::format("row {}: expected {}, none came\n", row + 1, test.rows[row]);
    }
    for (std::size_t row = common; row < rows.count(); ++row) {
        differences += fmt::format("row {}: came {}, not expected\n", row + 1, row_text(rows, row));
    }
    return differences;
}

std::string compare_reasons(const PipelineTest& test, const std::vector<std::string>& reasons) {
    std::string differences;
    std::size_t count = std::max(test.quarantined.size(), reasons.size());
    for (std::size_t at = 0; at < count; ++at) {
        std::string expected =
            at < test.quarantined.size() ? "\"" + test.quarantined[at] + "\"" : "none";
        std::string came = at < reasons.size() ? "\"" + reasons[at] + "\"" : "none";
        bool is_same = at < test.quarantined.size() && at < reasons.size() &&
                       reasons[at].contains(test.quarantined[at]);
        if (!is_same)
            differences +=
                fmt::format("refusal {}: expected {}, came {}\n", at + 1, expected, came);
    }
    return differences;
}

TestOutcome judge(SqlEngine& engine, const Pipeline& pipeline, const PipelineTest& test) {
    TestOutcome outcome{.name = test.name, .file = test.file};
    auto kind = std::ranges::find(pipeline.kinds, test.kind, &PipelineKind::name);
    if (kind == pipeline.kinds.end()) {
        outcome.difference = fmt::format("the pipeline has no kind {}", test.kind);
        return outcome;
    }
    Result<Came> came = run_case(engine, *kind, test);
    outcome.difference = came
                             ? compare_rows(test, came->rows) + compare_reasons(test, came->reasons)
                             : came.error().text;
    outcome.passed = outcome.difference.empty();
    return outcome;
}

}  // namespace

Result<std::vector<TestOutcome>> run_pipeline_tests(const Pipeline& pipeline, SqlEngine& engine) {
    std::vector<TestOutcome> outcomes;
    for (const PipelineTest& test : pipeline.tests)
        outcomes.push_back(judge(engine, pipeline, test));
    return outcomes;
}

}  // namespace pinflow::batch
