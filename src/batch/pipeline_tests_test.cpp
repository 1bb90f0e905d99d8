// SPDX-License-Identifier: Apache-2.0
#include "batch/pipeline_tests.h"

#include "batch/batch_fixture_test.h"
#include "batch/dbml.h"

namespace pinflow::batch {
namespace {

using testing::HasSubstr;

TEST(PipelineTests, the_committed_pipeline_passes_its_own_cases) {
    engine::DuckDbEngine engine;
    Result<std::vector<TestOutcome>> outcomes = run_pipeline_tests(committed_pipeline(), engine);
    ASSERT_TRUE(outcomes) << outcomes.error().text;
    EXPECT_GE(outcomes->size(), 24u);
    for (const TestOutcome& outcome : *outcomes) {
        EXPECT_TRUE(outcome.passed) << outcome.file << ": " << outcome.name << "\n"
                                    << outcome.difference;
    }
}

Pipeline one_case(std::vector<std::string> records, std::vector<std::string> rows,
                  std::vector<std::string> quarantined) {
    PipelineKind kind{.name = "note", .topic = "{user}.note"};
    kind.shape = {.columns = {{"index", ColumnType::int64}, {"text", ColumnType::text}},
                  .key = "index"};
    kind.clean_sql = "select index as ind, text from raw";
    kind.clean_file = "clean/note.sql";
    return {.kinds = {kind},
            .tests = {{.name = "case",
                       .kind = "note",
                       .records = std::move(records),
                       .rows = std::move(rows),
                       .quarantined = std::move(quarantined)}}};
}

TestOutcome outcome_of(const Pipeline& pipeline) {
    engine::DuckDbEngine engine;
    return run_pipeline_tests(pipeline, engine)->at(0);
}

TEST(PipelineTests, a_failing_case_says_what_was_expected_and_what_came) {
    std::vector<std::string> records{R"({"index":1,"text":"a"})", R"({"index":2,"text":"b"})", "x"};
    EXPECT_TRUE(
        outcome_of(one_case(records, {R"({"ind":1})", R"({"ind": 2, "text": "b"})"}, {"JSON"}))
            .passed);
    EXPECT_THAT(outcome_of(one_case(records, {R"({"ind":1,"text":"z"})", R"({"ind":2})"}, {"JSON"}))
                    .difference,
                HasSubstr(R"(row 1, text: expected "z", came "a")"));
    EXPECT_THAT(outcome_of(one_case(records, {R"({"ind":1})"}, {"JSON"})).difference,
                HasSubstr(R"(row 2: came {"ind":2,"text":"b"}, not expected)"));
    EXPECT_THAT(
        outcome_of(one_case(records, {R"({"ind":1})", R"({"ind":2})", R"({"ind":3})"}, {"JSON"}))
            .difference,
        HasSubstr(R"(row 3: expected {"ind":3}, none came)"));
    EXPECT_THAT(outcome_of(one_case(records, {R"({"ind":1})", R"({"ind":2})"}, {})).difference,
                HasSubstr(R"(refusal 1: expected none, came "not valid JSON")"));
    EXPECT_THAT(outcome_of(one_case(records, {R"({"ind":1})", R"({"ind":2})"}, {"key"})).difference,
                HasSubstr(R"(refusal 1: expected "key", came "not valid JSON")"));
    EXPECT_THAT(
        outcome_of(one_case(records, {R"({"index":1})", R"({"ind":2})"}, {"JSON"})).difference,
        HasSubstr("there is no column index"));
}

TEST(PipelineTests, broken_sql_fails_the_case_with_the_engines_words) {
    Pipeline pipeline = one_case({}, {}, {});
    pipeline.kinds[0].clean_sql = "select nothing from raw";
    TestOutcome outcome = outcome_of(pipeline);
    EXPECT_FALSE(outcome.passed);
    EXPECT_THAT(outcome.difference, HasSubstr("clean/note.sql:1: "));
}

// ---- the reader of pipeline files ----

Result<Pipeline> load_text(const std::string& yaml) {
    return app::load_pipeline_from("mine", [&](const std::string& name) -> Result<std::string> {
        if (name == "pipeline.yaml") return yaml;
        if (name == "clean.sql") return "select 1";
        return fail(Errc::not_found, name + ": no such file");
    });
}

std::string kind_yaml(const std::string& more = "", const std::string& type = "bigint") {
    return "name: small\nkinds:\n  note:\n    source_table: notes\n    topic: \"{user}.note\"\n"
           "    stream: \"{user}-note\"\n    table: note\n    stream_table: \"{user}_note\"\n    "
           "view: notes\n"
           "    key: index\n    record:\n      index: " +
           type + "\n    clean: clean.sql\n    cleaned:\n      ind: bigint\n" + more;
}

TEST(PipelineFile, a_whole_file_is_read) {
    Result<Pipeline> pipeline =
        load_text(kind_yaml("    unwrap: [base64]\n    key_fallbacks: [ind]\n"));
    ASSERT_TRUE(pipeline) << pipeline.error().text;
    const PipelineKind& kind = pipeline->kinds.at(0);
    EXPECT_EQ(kind.name, "note");
    EXPECT_EQ(kind.clean_file, "mine/clean.sql");
    EXPECT_EQ(kind.clean_sql, "select 1");
    EXPECT_EQ(kind.shape.unwrap, std::vector<Unwrap>{Unwrap::base64});
    EXPECT_EQ(kind.shape.columns, (Schema{{"index", ColumnType::int64}}));
}

TEST(PipelineFile, a_mistake_is_named_with_line_column_and_the_nearest_word) {
    struct Case {
        std::string yaml, message;
    };
    for (const Case& test : std::vector<Case>{
             {kind_yaml("    veiw: x\n"),
              "mine/pipeline.yaml:16:5: unknown key `veiw`; did you mean `view`?"},
             {kind_yaml("", "bigimt"),
              "mine/pipeline.yaml:12:14: unknown type `bigimt`; did you mean `bigint`?"},
             {kind_yaml("", "string"),
              "mine/pipeline.yaml:10:10: key `index` must be a column of `record`"},
             {kind_yaml("    unwrap: [zip]\n"), "unknown wrapping `zip`"},
             {kind_yaml("    view: x\n"), "`view` is here twice"},
             {kind_yaml("questions:\n  - {name: q, title: t, file: q.sql}\n"),
              "mine/pipeline.yaml:17:31: q.sql: no such file"},
             {kind_yaml("questions:\n  - {name: q, title: t, file: ../q.sql}\n"),
              "a file inside the pipeline's folder"},
             {"name: [\n", "mine/pipeline.yaml:"},
             {"name: x\n", "`kinds` is missing"},
             {"name: x\nkinds: []\n",
              "mine/pipeline.yaml:2:8: a map of keys and values is wanted here"},
         }) {
        Result<Pipeline> pipeline = load_text(test.yaml);
        ASSERT_FALSE(pipeline) << test.message;
        EXPECT_THAT(pipeline.error().text, HasSubstr(test.message));
    }
}

TEST(Dbml, tables_types_and_references_are_drawn) {
    Pipeline pipeline = one_case({}, {}, {});
    pipeline.name = "small";
    pipeline.kinds[0].table = "note";
    pipeline.kinds[0].source_table = "notes";
    pipeline.kinds[0].cleaned = {{"ind", ColumnType::int64}, {"at", ColumnType::float64_list}};
    pipeline.kinds.push_back(pipeline.kinds[0]);
    pipeline.kinds[1].table = "place";
    pipeline.kinds[1].source_table = "places";
    std::vector<SourceTable> sources{
        {"notes", {{"index", SourceColumn::Kind::integer}, {"text", SourceColumn::Kind::text}}},
        {"places", {{"ind", SourceColumn::Kind::integer}, {"at", SourceColumn::Kind::datetime}}}};
    std::string text = dbml(pipeline, sources);
    EXPECT_THAT(text,
                HasSubstr("Table \"notes\" {\n  \"index\" \"bigint\" [pk]\n  \"text\" \"text\"\n"));
    EXPECT_THAT(text, HasSubstr("  \"at\" \"array<double>\"\n"));
    EXPECT_THAT(text, HasSubstr("Ref: \"places\".\"ind\" - \"notes\".\"index\"\n"));
    EXPECT_THAT(text, HasSubstr("Ref: \"place\".\"ind\" - \"note\".\"ind\"\n"));
}

}  // namespace
}  // namespace pinflow::batch
