// SPDX-License-Identifier: Apache-2.0
#include "remote/spark/application.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "codec/json/minify.h"
#include "remote/spark/report.h"

namespace pinflow::spark {
namespace {

using testing::HasSubstr;

Pipeline notes() {
    Pipeline pipeline{.name = "notes"};
    PipelineKind kind{.name = "note", .topic = "{user}.note", .table = "note", .view = "notes"};
    kind.shape = {.columns = {{"n", ColumnType::int64}, {"t", ColumnType::text}},
                  .key = "n",
                  .key_fallbacks = {"i"},
                  .unwrap = {Unwrap::base64, Unwrap::json_string}};
    kind.clean_sql = "select n, t -- as \"it\" is\r\nfrom raw\n\n";
    kind.clean_file = "pipelines/notes/clean/the_note.sql";
    kind.cleaned = kind.shape.columns;
    pipeline.kinds.push_back(kind);
    pipeline.questions.push_back({"how_many", "How many", "select count(*) from notes", "q.sql"});
    return pipeline;
}

std::string file_named(const std::vector<ApplicationFile>& files, std::string_view name) {
    auto found = std::ranges::find(files, name, &ApplicationFile::name);
    return found == files.end() ? "(none)" : found->bytes;
}

TEST(SparkApplication, sql_is_carried_letter_for_letter) {
    auto files = application_files(notes());
    EXPECT_EQ(file_named(files, "clean/note.sql"), notes().kinds[0].clean_sql);
    EXPECT_EQ(file_named(files, "questions/how_many.sql"), "select count(*) from notes");
    EXPECT_THAT(file_named(files, "batch.py"), HasSubstr("def main()"));
}

TEST(SparkApplication, the_pipeline_is_told_whole) {
    EXPECT_EQ(
        pipeline_json(notes()),
        R"({"format":1,"name":"notes","kinds":[{"name":"note","topic":"{user}.note","stream":"",)"
        R"("table":"note","stream_table":"","view":"notes","load":"all","key":"n",)"
        R"("key_fallbacks":["i"],"unwrap":["base64","json_string"],)"
        R"("record":[["n","bigint"],["t","string"]],"clean":"clean/note.sql",)"
        R"("cleaned":[["n","bigint"],["t","string"]]}],)"
        R"("questions":[{"name":"how_many","title":"How many","file":"questions/how_many.sql"}]})"
        "\n");
}

TEST(SparkApplication, the_readme_has_the_packages_that_were_tried) {
    std::string readme = file_named(application_files(notes()), "README.md");
    EXPECT_THAT(readme, HasSubstr(kDeltaPackage));
    EXPECT_THAT(readme, HasSubstr(kKafkaPackage));
    EXPECT_THAT(readme, HasSubstr(kS3Packages));
    EXPECT_EQ(readme.find('@'), std::string::npos) << "a word was not replaced";
}

TEST(SparkReport, ledgers_reasons_and_answers_are_read) {
    auto report = parse_report(
        R"({"format":1,"spark":"4.2.0","new":[1],"ignored_count":1,"ignored":[{"key":"k","reason":"r"}],)"
        R"("kinds":[{"kind":"note","table":"note","read":5,"written":3,"quarantined":1,"duplicates":1,)"
        R"("late":0,"reasons":{"not valid JSON":1},"objects":2,"bytes":70,"table_version":1,)"
        R"("quarantine_version":2,"duration_us":9}],"answers":[{"name":"q","duration_us":4,"columns":)"
        R"([["a","bigint"],["b","double"],["c","string"],["d","timestamp"],["e","array<double>"],)"
        R"(["f","boolean"],["g","binary"],["h","int"]],"rows":[["-7","nan","é","1000","x","true","/w==","3"]]}]})",
        notes());
    ASSERT_FALSE(report) << "an array is no text";
    report = parse_report(
        R"({"format":1,"spark":"4.2.0","new":[1],"ignored_count":1,"ignored":[{"key":"k","reason":"r"}],)"
        R"("kinds":[{"kind":"note","table":"note","read":5,"written":3,"quarantined":1,"duplicates":1,)"
        R"("late":0,"reasons":{"not valid JSON":1},"objects":2,"bytes":70,"table_version":1,)"
        R"("quarantine_version":2,"duration_us":9}],"answers":[{"name":"q","duration_us":4,"columns":)"
        R"([["a","bigint"],["b","double"],["c","string"],["d","timestamp"],["e","array<double>"],)"
        R"(["f","boolean"],["g","binary"]],"rows":[["-7","-inf","é","1000",["1.5",null],"true","/w=="],)"
        R"([null,"1e-07",null,null,null,null,null]]}]})",
        notes());
    ASSERT_TRUE(report) << report.error().text;
    EXPECT_EQ(report->kinds.at(0).ledger.written, 3);
    EXPECT_EQ(report->kinds[0].reasons.at("not valid JSON"), 1);
    EXPECT_EQ(report->ignored.at(0).key, "k");
    const Rows& rows = report->answers.at(0).rows;
    ASSERT_EQ(rows.count(), 2u);
    EXPECT_EQ(rows.columns[0].integers[0], -7);
    EXPECT_EQ(rows.columns[1].floats[1], 1e-07);
    EXPECT_TRUE(rows.columns[2].is_null(1));
    EXPECT_EQ(rows.columns[4].list(0).size(), 2u);
    EXPECT_EQ(rows.columns[4].list_valid(0)[1], 0);
    EXPECT_EQ(rows.columns[6].text(0), "\xff");
}

TEST(SparkReport, a_ledger_that_does_not_add_up_is_no_report) {
    auto report = parse_report(
        R"({"format":1,"kinds":[{"kind":"note","read":5,"written":3,"quarantined":1,"duplicates":0}]})",
        notes());
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, Errc::corrupt);
    EXPECT_THAT(report.error().text, HasSubstr("does not add up"));
    EXPECT_FALSE(parse_report(R"({"format":2})", notes()));
    EXPECT_FALSE(parse_report(R"({"format":1,"kinds":[)", notes()));
}

TEST(SparkReport, an_error_names_the_pipelines_own_file_and_line) {
    auto report = parse_report(
        R"({"format":1,"error":{"code":"invalid_argument","text":"no routine list_values","file":"clean/note.sql","line":3}})",
        notes());
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, Errc::invalid_argument);
    EXPECT_EQ(report.error().text,
              "on Spark, pipelines/notes/clean/the_note.sql:3: no routine list_values");
}

}  // namespace
}  // namespace pinflow::spark
