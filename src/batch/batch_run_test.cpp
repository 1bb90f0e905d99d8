// SPDX-License-Identifier: Apache-2.0
#include "batch/batch_run.h"

#include <fmt/format.h>

#include "batch/batch_fixture_test.h"
#include "batch/reports.h"
#include "batch/survey.h"

namespace pinflow::batch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A small pipeline of one kind, to break in single places.
Pipeline small_pipeline() {
    PipelineKind kind{.name = "note",
                      .source_table = "notes",
                      .topic = "{user}.note",
                      .stream = "{user}-note",
                      .table = "note",
                      .stream_table = "{user}_note",
                      .view = "notes"};
    kind.shape = {.columns = {{"index", ColumnType::int64}, {"text", ColumnType::text}},
                  .key = "index"};
    kind.clean_sql = "select index as ind, text from raw";
    kind.clean_file = "clean/note.sql";
    kind.cleaned = {{"ind", ColumnType::int64}, {"text", ColumnType::text}};
    return {.name = "small",
            .kinds = {kind},
            .questions = {{"q1_count", "How many", "select count(*) as notes from notes",
                           "questions/q1.sql"}}};
}

std::string note(std::int64_t index, const std::string& text) {
    return fmt::format(R"({{"index":{},"text":"{}"}})", index, text);
}

class BatchRunTest : public BatchFixture {
protected:
    Pipeline pipeline = small_pipeline();
    std::vector<std::string> notes() { return table_rows("note", pipeline.kinds[0].cleaned); }
    Error failure() {
        Result<BatchReport> report = run_here(run_batch(ports(), pipeline, {}));
        EXPECT_FALSE(report);
        return report ? Error{} : report.error();
    }
};

TEST(KindsAtOnce, are_as_many_as_the_memory_allows_and_one_at_least) {
    EXPECT_EQ(kinds_at_once({.memory_bytes_max = 0}, 3), 3u) << "no limit";
    EXPECT_EQ(kinds_at_once({.memory_bytes_max = 512 << 20}, 3), 3u);
    EXPECT_EQ(kinds_at_once({.memory_bytes_max = 400 << 20}, 3), 2u);
    EXPECT_EQ(kinds_at_once({.memory_bytes_max = 64 << 20}, 3), 1u);
    EXPECT_EQ(kinds_at_once({.memory_bytes_max = 0}, 9), kKindsAtOnceMax);
}

TEST_F(BatchRunTest, a_stop_is_heard_while_objects_are_read_and_leaves_no_table) {
    put_lines("u.note", 0, {note(1, "a"), note(2, "b")});
    std::stop_source stop;
    stop.request_stop();
    BatchSettings settings{.kind = {.stop = stop.get_token()}};
    auto stopped = run_here(run_batch(ports(), pipeline, settings));
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code, Errc::cancelled);
    EXPECT_THAT(*run_here(lake->list_tables()), IsEmpty());
    run(pipeline);
    EXPECT_EQ(notes().size(), 2u);
}

TEST_F(BatchRunTest, no_objects_give_empty_tables_and_an_empty_ledger) {
    BatchReport report = run(pipeline);
    EXPECT_EQ(report.total(), Ledger{});
    EXPECT_THAT(notes(), IsEmpty());
    EXPECT_THAT(table_rows("note_quarantine", quarantine_schema()), IsEmpty());
    EXPECT_EQ(answers(pipeline).at(0).rows.columns[0].integers[0], 0);
}

TEST_F(BatchRunTest, the_same_objects_give_the_same_rows_and_a_later_run_replaces_them) {
    put_lines("ab.note", 0, {note(1, "a"), note(2, "b"), "garbage"});
    BatchReport first = run(pipeline);
    BatchReport again = run(pipeline);
    EXPECT_EQ(again.total(), first.total());
    EXPECT_EQ(again.total(), (Ledger{.read = 3, .written = 2, .quarantined = 1}));
    EXPECT_GT(again.kinds[0].table_version, first.kinds[0].table_version);
    EXPECT_THAT(notes(), ElementsAre(R"({"ind":1,"text":"a"})", R"({"ind":2,"text":"b"})"));
    put_lines("ab.note", 1, {note(3, "c")});
    EXPECT_EQ(run(pipeline).total().written, 3);
}

// The last by (offset, partition, line) wins, across users and partitions: names decide, not the
// order in which a store lists them.
TEST_F(BatchRunTest, the_last_of_a_key_wins_across_partitions_and_users) {
    put_object(object_key("ab.note", 0, 0), note(1, "p0 o0") + "\n" + note(1, "p0 o1") + "\n");
    put_object(object_key("ab.note", 1, 0), note(1, "p1 o0") + "\n" + note(2, "p1 o1") + "\n");
    put_object(object_key("zz.note", 0, 7), note(2, "zz o7") + "\n");
    put_object(object_key("ab.note", 10, 7), note(3, "p10") + "\n");
    put_object(object_key("ab.note", 9, 7), note(3, "p9") + "\n");
    put_object(object_key("ab.note", 3, 8),
               "[" + note(4, "first") + "," + note(4, "second") + "]\n");
    EXPECT_EQ(run(pipeline).total(), (Ledger{.read = 9, .written = 4, .duplicates = 5}));
    EXPECT_THAT(notes(), ElementsAre(R"({"ind":1,"text":"p1 o0"})", R"({"ind":2,"text":"zz o7"})",
                                     R"({"ind":3,"text":"p10"})", R"({"ind":4,"text":"second"})"));
}

TEST_F(BatchRunTest, the_quarantine_keeps_reason_place_and_bytes) {
    std::string bytes =
        note(1, "a") +
        "\n{\"text\":\"no \\u00e9 key\"}\r\n\n[{\"index\":2},{\"text\": \"x\"}]\nno end";
    put_object(object_key("ab.note", 2, 40), bytes);
    BatchReport report = run(pipeline);
    EXPECT_EQ(report.total(), (Ledger{.read = 6, .written = 2, .quarantined = 4}));
    EXPECT_EQ(report.kinds[0].reasons,
              (std::map<std::string, std::int64_t>{
                  {"key missing", 2}, {"empty line", 1}, {"not valid JSON", 1}}));
    EXPECT_THAT(
        table_rows("note_quarantine", quarantine_schema(),
                   R"(line, "offset", reason, "partition", topic, raw)"),
        ElementsAre(
            R"({"line":2,"offset":41,"reason":"key missing","partition":2,"topic":"ab.note","raw":"{\"text\":\"no \\u00e9 key\"}\r"})",
            R"({"line":3,"offset":42,"reason":"empty line","partition":2,"topic":"ab.note","raw":""})",
            R"({"line":4,"offset":43,"reason":"key missing","partition":2,"topic":"ab.note","raw":"{\"text\": \"x\"}"})",
            R"({"line":5,"offset":44,"reason":"not valid JSON","partition":2,"topic":"ab.note","raw":"no end"})"));
}

TEST_F(BatchRunTest, objects_that_are_not_ours_are_counted_and_named) {
    put_lines("ab.note", 0, {note(1, "a")});
    put_object("topics/ab.other/partition=0/ab.other+0+0000000000.json", "{}\n");
    put_object("topics/ab.note/partition=0/readme.txt", "hello");
    put_object("topics/ab.note/partition=0/ab.note+1+0000000000.json", "{}\n");
    put_object("topics/ab.note/partition=0/ab.note+0+00000000001.avro", "x");
    put_object("topics/note/partition=0/note+0+0000000000.json", "{}\n");
    put_object("elsewhere/x.json", "{}");
    BatchReport report = run(pipeline);
    EXPECT_EQ(report.total().read, 1);
    EXPECT_EQ(report.ignored_count, 5);
    ASSERT_EQ(report.ignored.size(), 5u);
    EXPECT_EQ(report.ignored[4].key, "topics/note/partition=0/note+0+0000000000.json");
    EXPECT_THAT(report.ignored[4].reason, HasSubstr("topic"));
    EXPECT_THAT(ledger_json(report), HasSubstr(R"("ignored_objects":5)"));
}

TEST_F(BatchRunTest, lines_that_straddle_the_reads_are_whole) {
    std::string bytes;
    std::int64_t lines = 0;
    while (bytes.size() < (20u << 20)) {
        bytes +=
            note(lines, std::string(static_cast<std::size_t>(lines * 7919 % 200'000), 'x')) + "\n";
        ++lines;
    }
    put_object(object_key("ab.note", 0, 0), bytes);
    EXPECT_EQ(run(pipeline).total(), (Ledger{.read = lines, .written = lines}));
}

TEST_F(BatchRunTest, an_added_file_says_which_offsets_are_in_it) {
    put_lines("ab.note", 0, {note(1, "a"), note(2, "b"), note(3, "c")}, 2);
    put_object(object_key("ab.note", 0, 10), note(4, "d") + "\n");
    put_object(object_key("cd.note", 1, 5), note(5, "e") + "\n");
    run(pipeline);
    Result<TableSnapshot> snapshot = run_here((*lake->table("note"))->read(std::nullopt));
    ASSERT_EQ(snapshot->files.size(), 1u);
    EXPECT_EQ(snapshot->files[0].tags, (std::map<std::string, std::string>{
                                           {"ab.note-0", "0-2,10-10"}, {"cd.note-1", "5-5"}}));
}

TEST_F(BatchRunTest, a_cleaning_that_loses_records_fails_and_commits_nothing) {
    put_lines("ab.note", 0, {note(1, "a"), note(2, "b")});
    run(pipeline);
    pipeline.kinds[0].clean_sql = "select index as ind, text from raw where text <> 'a'";
    Error error = failure();
    EXPECT_EQ(error.code, Errc::failed_check);
    EXPECT_THAT(error.text, HasSubstr("clean/note.sql: gives 1 rows for 2 records"));
    EXPECT_EQ(notes().size(), 2u);
}

TEST_F(BatchRunTest, a_broken_cleaning_names_its_file_and_carries_the_engines_hint) {
    pipeline.kinds[0].clean_sql = "select index as ind, texd as text from raw";
    Error error = failure();
    EXPECT_THAT(error.text, HasSubstr("kind note: clean/note.sql:1: "));
    EXPECT_THAT(error.text, HasSubstr("\"text\""));
    pipeline.kinds[0].clean_sql = "select index as ind, text, 1 as more from raw";
    EXPECT_THAT(failure().text, HasSubstr("gives the columns ind, text, more"));
}

TEST_F(BatchRunTest, a_broken_question_names_its_file) {
    run(pipeline);
    pipeline.questions[0].sql = "select cuont(*) from notes";
    Result<Answers> given = run_here(ask(*lake, engine, clock, pipeline, "", {}));
    ASSERT_FALSE(given);
    EXPECT_THAT(given.error().text, HasSubstr("questions/q1.sql:1: "));
    EXPECT_THAT(given.error().text, HasSubstr("Did you mean \"count\"?"));
}

TEST_F(BatchRunTest, an_error_that_shows_only_in_a_row_names_file_and_line_too) {
    put_lines("ab.note", 0, {note(1, "a")});
    pipeline.kinds[0].clean_sql =
        "-- why\nselect index as ind,\n  cast(text as int) as text\nfrom raw";
    Error error = failure();
    EXPECT_THAT(error.text, HasSubstr("clean/note.sql:3: Conversion Error: Could not convert"));
    pipeline = small_pipeline();
    run(pipeline);
    pipeline.questions[0].sql = "select\n\ncast(text as int) as t from notes";
    Result<Answers> given = run_here(ask(*lake, engine, clock, pipeline, "", {}));
    ASSERT_FALSE(given);
    EXPECT_THAT(given.error().text, HasSubstr("questions/q1.sql:3: Conversion Error"));
}

TEST_F(BatchRunTest, questions_before_the_first_batch_say_what_to_run) {
    Result<Answers> given = run_here(ask(*lake, engine, clock, pipeline, "", {}));
    ASSERT_FALSE(given);
    EXPECT_EQ(given.error().code, Errc::not_found);
    EXPECT_THAT(given.error().text, HasSubstr("table note is not there yet: run the batch"));
}

TEST_F(BatchRunTest, a_question_is_found_by_its_beginning_and_a_wrong_name_gets_a_hint) {
    run(pipeline);
    EXPECT_EQ(run_here(ask(*lake, engine, clock, pipeline, "q1", {}))->size(), 1u);
    Result<Answers> given = run_here(ask(*lake, engine, clock, pipeline, "q1_cuont", {}));
    ASSERT_FALSE(given);
    EXPECT_THAT(given.error().text, HasSubstr("did you mean `q1_count`?"));
}

TEST_F(BatchRunTest, reports_are_left_as_json_and_csv) {
    put_lines("ab.note", 0, {note(1, "a"), note(2, "b"), "garbage"});
    BatchReport report = run(pipeline);
    Answers given = answers(pipeline);
    ASSERT_TRUE(run_here(write_answers(objects, "reports/", given)));
    ASSERT_TRUE(run_here(write_ledger(objects, "reports/", report)));
    EXPECT_EQ(*run_here(objects.get("reports/answers.json", {})),
              "{\n\"q1_count\":[\n{\"notes\":2}\n]\n}\n");
    EXPECT_EQ(*run_here(objects.get("reports/q1_count.csv", {})), "notes\r\n2\r\n");
    std::string ledger = *run_here(objects.get("reports/ledger.json", {}));
    EXPECT_THAT(
        ledger,
        HasSubstr(
            R"("total":{"read":3,"written":2,"quarantined":1,"duplicates":0,"late":0,"adds_up":true})"));
    EXPECT_THAT(ledger, HasSubstr(R"("reasons":{"not valid JSON":1})"));
}

}  // namespace
}  // namespace pinflow::batch
