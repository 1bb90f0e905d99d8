// SPDX-License-Identifier: Apache-2.0
// The golden sets: what Apache Spark made of the same records (tests/golden/README.md). Every
// cleaned row and every answer must be equal, and the ledger must be exact.
#include <fmt/format.h>

#include "batch/batch_fixture_test.h"
#include "codec/json/reader.h"

namespace pinflow::batch {
namespace {

const std::string kGolden = PINFLOW_SOURCE_DIR "/tests/golden/";

class Golden : public BatchFixture {
protected:
    void put_inputs(const std::string& set, std::size_t lines_an_object) {
        for (const PipelineKind& kind : committed_pipeline().kinds) {
            put_lines(expand_user(kind.topic, "ab"), 0,
                      read_file_lines(kGolden + set + "/input/" + kind.name + ".jsonl"),
                      lines_an_object);
        }
    }

    void expect_clean_rows(const std::string& set) {
        for (const PipelineKind& kind : committed_pipeline().kinds) {
            std::vector<std::string> expected;
            for (const std::string& line :
                 read_file_lines(kGolden + set + "/expected/clean_" + kind.name + ".jsonl")) {
                expected.push_back(*json::minify(line));
            }
            std::ranges::sort(expected);
            EXPECT_EQ(table_rows(kind.table, kind.cleaned), expected) << set << " " << kind.name;
        }
    }

    void expect_answers(const std::string& set) {
        std::string text;
        for (const std::string& line : read_file_lines(kGolden + set + "/expected/answers.json"))
            text += line;
        Answers given = answers();
        json::JsonReader reader(text);
        ASSERT_TRUE(reader.enter_object());
        std::size_t questions = 0;
        while (auto name = *reader.next_member()) {
            std::vector<std::string> expected;
            ASSERT_TRUE(reader.enter_array());
            while (*reader.next_element()) ASSERT_TRUE(reader.copy_value(expected.emplace_back()));
            std::ranges::sort(expected);
            auto answer = std::ranges::find(given, *name, &Answer::name);
            ASSERT_NE(answer, given.end()) << *name;
            EXPECT_EQ(sorted_rows(answer->rows), expected) << set << " " << *name;
            ++questions;
        }
        EXPECT_EQ(questions, given.size());
        EXPECT_EQ(questions, 13u);
    }
};

TEST_F(Golden, the_law_set_gives_sparks_rows_and_answers) {
    put_inputs("law", 7);
    BatchReport report = run();
    ASSERT_EQ(report.kinds.size(), 3u);
    for (const KindReport& kind : report.kinds) {
        EXPECT_EQ(kind.ledger, (Ledger{.read = 400, .written = 233, .duplicates = 167}))
            << kind.kind;
    }
    expect_clean_rows("law");
    expect_answers("law");
}

TEST_F(Golden, the_edge_set_gives_sparks_rows_and_answers) {
    put_inputs("edge", 7);
    BatchReport report = run();
    ASSERT_EQ(report.kinds.size(), 3u);
    EXPECT_EQ(report.kinds[0].ledger,
              (Ledger{.read = 164, .written = 139, .quarantined = 7, .duplicates = 18}));
    EXPECT_EQ(report.kinds[1].ledger,
              (Ledger{.read = 113, .written = 90, .quarantined = 6, .duplicates = 17}));
    EXPECT_EQ(report.kinds[2].ledger,
              (Ledger{.read = 101, .written = 78, .quarantined = 6, .duplicates = 17}));
    EXPECT_TRUE(report.total().adds_up());
    expect_clean_rows("edge");
    expect_answers("edge");
}

// How the sink cuts the log into objects must not matter.
TEST_F(Golden, the_cut_into_objects_does_not_matter) {
    put_inputs("edge", 1);
    run();
    expect_clean_rows("edge");
    expect_answers("edge");
}

}  // namespace
}  // namespace pinflow::batch
