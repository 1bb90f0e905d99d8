// SPDX-License-Identifier: Apache-2.0
#include "app/spark_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <system_error>

#include "app/reading.h"
#include "app/spark_run.h"
#include "base/reactor.h"
#include "batch/ask.h"
#include "batch/cell_text.h"
#include "batch/csv_text.h"
#include "codec/json/writer.h"

namespace pinflow::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTrialUser = "trial";
constexpr std::int64_t kFirstKey = 1'000'000;
constexpr std::size_t kRowsShownMax = 3;  // of each table

// Texts that DuckDB and Spark read in different ways in one expression or another.
constexpr const char* kTexts[] = {
    "",
    " ",
    "a",
    "A",
    "\xC3\xA9",
    "\xF0\x9F\x98\x80",
    "a\n",
    "a\t",
    " 5",
    "5 ",
    "-5",
    "+5",
    "007",
    "1.5",
    "2.5",
    "-1.5",
    ".5",
    "5.",
    "1e3",
    "1_000",
    "1,234",
    "0x10",
    "8k",
    "8k\n",
    "1.5k",
    "3B",
    "2147483648",
    "9e18",
    "NaN",
    "Infinity",
    "true",
    "yes",
    "2019",
    "2019-06",
    "2019-06-01",
    "2019-02-30 10:00:00",
    "2019-06-01 12:00:00",
    "2019-06-01T12:00:00Z",
    "2019:06:01 12:00:00",
    "2019-06-01 12:00:00+02:00",
    "2019-06-01 12:00:00 Europe/Paris",
    "2019-06-01 24:00:00",
    "12:00:00",
    "2019-06-01 12:00:00.123456789",
    "0001-01-01 00:00:00",
    "9999-12-31 23:59:59",
    "null",
    "a\\b",
    "100%",
    "a_b",
    "'",
    "\"",
    "\xC3\x9F",
    "\xC4\xB0",
};
constexpr const char* kWholes[] = {"0",
                                   "1",
                                   "-1",
                                   "17",
                                   "18",
                                   "2147483647",
                                   "2147483648",
                                   "-2147483648",
                                   "9223372036854775807",
                                   "-9223372036854775808"};
constexpr const char* kReals[] = {"0.0",   "-0.0", "0.1",  "1.5", "2.5",      "-2.5",
                                  "1e308", "3",    "1e-7", "NaN", "Infinity", "123456789.123"};

std::string json_text(std::string_view text) {
    json::JsonWriter writer;
    writer.value(text);
    return std::move(writer).take();
}

std::vector<std::string> values_for(ColumnType type) {
    std::vector<std::string> values{"null"};
    switch (type) {
        case ColumnType::text:
            for (const char* text : kTexts) values.push_back(json_text(text));
            break;
        case ColumnType::int32:
        case ColumnType::int64:
            values.insert(values.end(), std::begin(kWholes), std::end(kWholes));
            break;
        case ColumnType::float64:
            values.insert(values.end(), std::begin(kReals), std::end(kReals));
            break;
        case ColumnType::boolean: values.insert(values.end(), {"true", "false"}); break;
        case ColumnType::float64_list:
            values.insert(values.end(), {"[]", "[1.5,null]", "[NaN]"});
            break;
        case ColumnType::binary:
        case ColumnType::timestamp: break;  // records have none
    }
    return values;
}

// The first case's record, or none of the columns.
std::string ordinary_record(const Pipeline& pipeline, const PipelineKind& kind) {
    for (const PipelineTest& test : pipeline.tests)
        for (const std::string& record : test.records)
            if (test.kind == kind.name && record.starts_with('{') && record.ends_with('}'))
                return record;
    return "{}";
}

// Of repeated names the last counts.
std::string with_value(std::string record, std::string_view name, std::string_view value) {
    record.pop_back();
    return fmt::format("{}{}{}:{}}}", record, record == "{" ? "" : ",", json_text(name), value);
}

Status write_trials(const Pipeline& pipeline, const fs::path& bucket) {
    for (const PipelineKind& kind : pipeline.kinds) {
        std::string topic = expand_user(kind.topic, kTrialUser);
        fs::path folder = bucket / "topics" / topic / "partition=0";
        std::error_code error;
        fs::create_directories(folder, error);
        std::ofstream file(folder / fmt::format("{}+0+0000000000.json", topic), std::ios::binary);
        for (const std::string& record : trial_records(pipeline, kind)) file << record << '\n';
        file.close();
        if (!file) return fail(Errc::io, folder.string() + " cannot be written");
    }
    return {};
}

Context context_in(const Context& context, const fs::path& folder) {
    Context other = context;
    other.directory.root = folder;
    // The SQL is tried, not the way to load.
    for (PipelineKind& kind : other.pipeline.kinds) kind.load = Load::all;
    (void)other.settings.set("sink.topics.dir", "topics");
    for (const char* name : {"spark.objects", "spark.tables", "objects.url", "tables.url"})
        (void)other.settings.set(name, "");
    return other;
}

// Every row of each kind's table, as JSON, sorted.
using TableRows = std::map<std::string, std::vector<std::string>>;

Result<TableRows> rows_of_tables(const Context& context) {
    TRY(auto lake, open_lake(context.settings, context.directory, "read"));
    TRY(auto session, run_here(batch::open_views(*lake->lake, lake->engine, context.pipeline,
                                                 engine_settings(context))));
    TableRows tables;
    for (const PipelineKind& kind : context.pipeline.kinds) {
        TRY(Rows rows, session->query(fmt::format("SELECT * FROM \"{}\"", kind.view)));
        std::vector<std::string>& texts = tables[kind.name];
        for (std::size_t row = 0; row < rows.count(); ++row) {
            json::JsonWriter writer(batch::answer_style());
            batch::write_row(writer, rows, row);
            texts.push_back(std::move(writer).take());
        }
        std::ranges::sort(texts);
    }
    return tables;
}

struct Side {
    batch::Answers answers;
    TableRows tables;
};

Result<Side> embedded_side(const Context& context, const std::string& bucket) {
    TRY(auto lake, open_lake(context.settings, context.directory, "batch"));
    TRY(BatchOutcome outcome, run_batch_and_ask(context, *lake, bucket, {}, {}));
    TRY(TableRows tables, rows_of_tables(context));
    return Side{std::move(outcome.answers), std::move(tables)};
}

Result<Side> spark_side(const Context& context, const std::string& bucket, std::stop_token stop) {
    TRY(BatchOutcome outcome, run_on_spark({.settings = context.settings,
                                            .directory = context.directory,
                                            .pipeline = context.pipeline,
                                            .objects_at = bucket},
                                           std::move(stop)));
    TRY(TableRows tables, rows_of_tables(context));
    return Side{std::move(outcome.answers), std::move(tables)};
}

std::vector<std::string> compare(const Pipeline& pipeline, const Side& here, const Side& there) {
    std::vector<std::string> differences;
    for (const PipelineKind& kind : pipeline.kinds) {
        std::vector<std::string> ours, theirs;
        const auto& left = here.tables.at(kind.name);
        const auto& right = there.tables.at(kind.name);
        std::ranges::set_difference(left, right, std::back_inserter(ours));
        std::ranges::set_difference(right, left, std::back_inserter(theirs));
        for (std::size_t at = 0; at < std::min({ours.size(), theirs.size(), kRowsShownMax}); ++at) {
            differences.push_back(
                fmt::format("{}: here {}\n  on Spark {}", kind.clean_file, ours[at], theirs[at]));
        }
        if (ours.size() > kRowsShownMax)
            differences.push_back(
                fmt::format("{}: {} rows differ in all", kind.clean_file, ours.size()));
    }
    for (std::size_t at = 0; at < pipeline.questions.size(); ++at) {
        std::string left = batch::csv_text(here.answers.at(at).rows);
        std::string right = batch::csv_text(there.answers.at(at).rows);
        if (left != right)
            differences.push_back(fmt::format("{}: here\n{}  on Spark\n{}",
                                              pipeline.questions[at].file, left, right));
    }
    return differences;
}

}  // namespace

std::vector<std::string> trial_records(const Pipeline& pipeline, const PipelineKind& kind) {
    std::vector<std::string> records;
    std::string ordinary = ordinary_record(pipeline, kind);
    std::int64_t key = kFirstKey;
    auto add = [&](std::string record) {
        records.push_back(with_value(std::move(record), kind.shape.key, std::to_string(key++)));
    };
    for (const PipelineTest& test : pipeline.tests)
        if (test.kind == kind.name)
            records.insert(records.end(), test.records.begin(), test.records.end());
    std::erase_if(records, [](const std::string& record) { return record.contains('\n'); });
    for (const Field& field : kind.shape.columns) {
        if (field.name == kind.shape.key) continue;
        for (const std::string& value : values_for(field.type))
            add(with_value(ordinary, field.name, value));
    }
    return records;
}

Result<std::vector<std::string>> differences_on_spark(const Context& context,
                                                      std::stop_token stop) {
    fs::path folder = fs::path(context.directory.staging()) / "spark-check";
    std::error_code error;
    fs::remove_all(folder, error);
    fs::create_directories(folder / "embedded", error);
    fs::create_directories(folder / "spark", error);
    TRY_STATUS(write_trials(context.pipeline, folder / "bucket"));
    TRY(Side here, embedded_side(context_in(context, folder / "embedded"), folder / "bucket"));
    TRY(Side there,
        spark_side(context_in(context, folder / "spark"), folder / "bucket", std::move(stop)));
    fs::remove_all(folder, error);
    return compare(context.pipeline, here, there);
}

}  // namespace pinflow::app
