// SPDX-License-Identifier: Apache-2.0
// Logs that are long, broken, or of other writers.
#include <gmock/gmock.h>

#include <algorithm>

#include "lake/checkpoint.h"
#include "lake/lake_test_fixture.h"

namespace pinflow::lake {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class LogReaderTest : public LakeFixture {};

TEST_F(LogReaderTest, a_reader_asks_only_for_what_is_new) {
    auto pins = new_table();
    auto reader = table();
    for (int batch = 1; batch <= 10; ++batch) ASSERT_TRUE(append(*pins, {}, batch));
    EXPECT_EQ(read(*reader).version, 10);
    ASSERT_TRUE(append(*pins, {}, 11));
    watched_.lists = 0;
    watched_.gets = 0;
    EXPECT_EQ(read(*reader).version, 11);
    EXPECT_EQ(watched_.lists, 0);
    EXPECT_EQ(watched_.gets, 2);  // version 11, and the 12 that is not there
}

TEST_F(LogReaderTest, a_broken_entry_is_corrupt_and_named) {
    auto pins = new_table();
    ASSERT_TRUE(append(*pins, {rows(0, 10)}, 1));
    std::string whole = object(entry(1));
    for (const std::string& broken : {whole.substr(0, whole.size() / 2), std::string("garbage")}) {
        put_object(entry(1), broken);
        auto snapshot = run_here(table()->read({}));
        ASSERT_FALSE(snapshot);
        EXPECT_EQ(snapshot.error().code, Errc::corrupt);
        EXPECT_THAT(snapshot.error().text, HasSubstr(entry(1)));
        EXPECT_FALSE(append(*table(), {rows(0, 1)}, 2));
    }
    EXPECT_TRUE(run_here(table()->read(0)));
}

TEST_F(LogReaderTest, a_hole_in_the_log_is_corrupt_and_never_written_into) {
    auto pins = new_table();
    for (int batch = 1; batch <= 3; ++batch) ASSERT_TRUE(append(*pins, {}, batch));
    ASSERT_TRUE(run_here(objects_.remove(entry(2))));
    EXPECT_EQ(run_here(table()->read({})).error().code, Errc::corrupt);
    EXPECT_EQ(append(*table(), {}, 9).error().code, Errc::corrupt);
    EXPECT_THAT(keys("pins/"), ElementsAre(entry(0), entry(1), entry(3)));
}

TEST_F(LogReaderTest, a_log_without_its_metadata_is_corrupt) {
    put_object(entry(0), R"({"protocol":{"minReaderVersion":1,"minWriterVersion":2}})");
    EXPECT_EQ(run_here(table()->read({})).error().code, Errc::corrupt);
}

TEST_F(LogReaderTest, what_we_lack_is_refused_by_name) {
    struct Case {
        const char* protocol;
        const char* more;        // of metaData
        const char* named;       // nullptr: readable
        const char* unwritable;  // nullptr: writable
    };
    const std::vector<Case> cases{
        {R"("minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["newThing"],"writerFeatures":["newThing"])",
         "", "newThing", nullptr},
        {R"("minReaderVersion":4,"minWriterVersion":7)", "", "reader version 4", nullptr},
        {R"("minReaderVersion":2,"minWriterVersion":5)",
         R"(,"configuration":{"delta.columnMapping.mode":"name"})", "columnMapping", nullptr},
        {R"("minReaderVersion":1,"minWriterVersion":2)", R"(,"partitionColumns":["id"])",
         "partitioned", nullptr},
        {R"("minReaderVersion":1,"minWriterVersion":4)", "", nullptr, "writer version 4"},
        {R"("minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["deletionVectors"],"writerFeatures":["deletionVectors"])",
         "", nullptr, "deletionVectors"},
        {R"("minReaderVersion":1,"minWriterVersion":7,"writerFeatures":["appendOnly","invariants"])",
         "", nullptr, nullptr},
    };
    for (const Case& c : cases) {
        put_object(entry(0), fmt::format("{{\"protocol\":{{{}}}}}\n{{\"metaData\":{{\"id\":\"i\","
                                         "\"schemaString\":\"{{\\\"type\\\":\\\"struct\\\","
                                         "\\\"fields\\\":[]}}\"{}}}}}\n",
                                         c.protocol, c.more));
        auto snapshot = run_here(table()->read({}));
        EXPECT_EQ(snapshot.has_value(), c.named == nullptr) << c.protocol;
        if (c.named != nullptr) {
            EXPECT_EQ(snapshot.error().code, Errc::unsupported);
            EXPECT_THAT(snapshot.error().text, HasSubstr(c.named));
            continue;
        }
        auto appended = append(*table(), {}, 1);
        EXPECT_EQ(appended.has_value(), c.unwritable == nullptr) << c.protocol;
        if (c.unwritable != nullptr) EXPECT_THAT(appended.error().text, HasSubstr(c.unwritable));
    }
}

TEST_F(LogReaderTest, rows_that_a_deletion_vector_took_away_are_not_shown) {
    auto pins = new_table();
    ASSERT_TRUE(append(*pins, {rows(0, 10)}, 1));
    std::string line = object(entry(1));
    put_object(entry(2), R"({"add":{"path":"x.parquet","deletionVector":{"storageType":"u"}}})");
    auto snapshot = run_here(pins->read({}));
    ASSERT_FALSE(snapshot);
    EXPECT_EQ(snapshot.error().code, Errc::unsupported);
    EXPECT_THAT(snapshot.error().text, HasSubstr("deletionVectors"));
}

TEST_F(LogReaderTest, an_append_only_table_is_not_replaced) {
    put_object(entry(0), R"({"protocol":{"minReaderVersion":1,"minWriterVersion":2}})"
                         "\n"
                         R"({"metaData":{"id":"i","configuration":{"delta.appendOnly":"true"},)"
                         R"("schemaString":"{\"type\":\"struct\",\"fields\":[]}"}})");
    auto replaced = run_here(table()->replace(schema(), {rows(0, 1)}));
    ASSERT_FALSE(replaced);
    EXPECT_EQ(replaced.error().code, Errc::unsupported);
    EXPECT_TRUE(append(*table(), {}, 1));
}

TEST_F(LogReaderTest, a_checkpoint_stands_for_the_entries_before_it) {
    auto pins = new_table();
    for (std::int64_t batch = 1; batch <= kCommitsPerCheckpoint; ++batch) {
        if (batch == 7) {
            ASSERT_TRUE(run_here(pins->replace(schema(), {rows(0, 5, {{"t", "1-2"}})})));
        } else if (batch <= 5) {
            ASSERT_TRUE(append(*pins, {rows(batch * 10, 10)}, batch, "app \"1\""));
        } else {
            ASSERT_TRUE(append(*pins, {}, batch));
        }
    }
    TableSnapshot before = read(*pins);
    std::string last = object("pins/_delta_log/_last_checkpoint");
    EXPECT_EQ(delta::read_last_checkpoint(last)->version, kCommitsPerCheckpoint);
    for (std::int64_t version = 0; version < kCommitsPerCheckpoint; ++version)
        ASSERT_TRUE(run_here(objects_.remove(entry(version))));
    ASSERT_TRUE(append(*pins, {rows(1000, 5)}, 1000));

    watched_.gets = 0;
    TableSnapshot after = read(*table());
    EXPECT_LE(watched_.gets, 4 + 1);  // checkpoint, one entry, the absent next, two data files
    EXPECT_EQ(after.schema, before.schema);
    EXPECT_EQ(after.batches.at("app \"1\""), 5);
    EXPECT_EQ(after.batches.at("app"), 1000);
    ASSERT_EQ(after.files.size(), 2U);
    EXPECT_EQ(after.files[0].key, before.files[0].key);
    EXPECT_EQ(after.files[0].tags, before.files[0].tags);
    EXPECT_EQ(after.row_count(), 10);
    EXPECT_EQ(append(*table(), {}, 5, "app \"1\"")->is_repeat, true);
    EXPECT_EQ(read(*table(), kCommitsPerCheckpoint).row_count(), 5);
    EXPECT_FALSE(run_here(table()->read(kCommitsPerCheckpoint - 1)));
}

TEST_F(LogReaderTest, a_checkpoint_keeps_a_removed_file_for_its_week) {
    auto pins = new_table();
    ASSERT_TRUE(run_here(pins->replace(schema(), {rows(0, 1)})));
    ASSERT_TRUE(run_here(pins->replace(schema(), {rows(0, 1)})));
    clock_.advance_ms(kRemovedKeptMs + 1);
    ASSERT_TRUE(run_here(pins->replace(schema(), {rows(0, 1)})));
    for (std::int64_t version = 4; version <= kCommitsPerCheckpoint; ++version)
        ASSERT_TRUE(append(*pins, {}, version));
    LakeContext context{objects_, clock_, engine_, folder_ / "staging",
                        std::make_shared<LocalCopies>(objects_, clock_, folder_ / "fetched")};
    auto actions = run_here(read_checkpoint(
        context, {"pins/_delta_log/" + delta::checkpoint_name(kCommitsPerCheckpoint)}));
    ASSERT_TRUE(actions) << actions.error().text;
    EXPECT_EQ(std::ranges::count_if(*actions,
                                    [](const delta::Action& action) {
                                        return std::holds_alternative<delta::RemoveFile>(action);
                                    }),
              1);
}

}  // namespace
}  // namespace pinflow::lake
