// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <thread>

#include "codec/delta/actions.h"
#include "codec/delta/names.h"
#include "lake/checkpoint.h"
#include "lake/committer.h"
#include "lake/lake_fixture_test.h"

namespace pinflow::lake {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class DeltaTableTest : public LakeFixture {
protected:
    static std::string entry(std::int64_t version, const std::string& name = "pins") {
        return fmt::format("{}/_delta_log/{}", name, delta::commit_name(version));
    }
};

TEST_F(DeltaTableTest, a_new_table_is_empty_and_has_its_schema) {
    auto pins = new_table();
    TableSnapshot snapshot = read(*pins);
    EXPECT_EQ(snapshot.version, 0);
    EXPECT_EQ(snapshot.schema, schema());
    EXPECT_TRUE(snapshot.files.empty());
    EXPECT_THAT(keys("pins/"), ElementsAre(entry(0)));
    EXPECT_EQ(ask(snapshot, "SELECT count(*) FROM t"), 0);
}

TEST_F(DeltaTableTest, ensure_again_changes_nothing_and_another_schema_is_a_conflict) {
    auto pins = new_table();
    ASSERT_TRUE(run_here(pins->ensure(schema())));
    EXPECT_EQ(read(*pins).version, 0);
    auto other = run_here(table()->ensure({{"id", ColumnType::text}}));
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, Errc::conflict);
    EXPECT_THAT(other.error().text, HasSubstr("table pins"));
}

TEST_F(DeltaTableTest, appended_rows_are_all_there_with_their_types_nulls_and_lineage) {
    auto pins = new_table();
    for (int batch = 0; batch < 5; ++batch) {
        auto committed = append(
            *pins, {rows(batch * 100, 60), rows(batch * 100 + 60, 40, {{"pin-0", "7-9"}})}, batch);
        ASSERT_TRUE(committed) << committed.error().text;
        EXPECT_EQ(committed->version, batch + 1);
        EXPECT_FALSE(committed->is_repeat);
    }
    TableSnapshot snapshot = read(*table());
    EXPECT_EQ(snapshot.version, 5);
    EXPECT_EQ(snapshot.files.size(), 10U);
    EXPECT_EQ(snapshot.row_count(), 500);
    EXPECT_EQ(snapshot.batches, (std::map<std::string, std::int64_t>{{"app", 4}}));
    EXPECT_EQ(snapshot.files[1].tags.at("pin-0"), "7-9");
    EXPECT_EQ(ask(snapshot, "SELECT sum(id) FROM t"), 500 * 499 / 2);
    EXPECT_EQ(ask(snapshot,
                  "SELECT count(*) FROM t WHERE name IS NULL AND seen IS NULL AND place IS "
                  "NULL AND part IS NULL AND flag IS NULL"),
              100);
    EXPECT_EQ(ask(snapshot,
                  "SELECT count(*) FROM t WHERE seen = TIMESTAMP '2020-01-02 03:04:05.123456' "
                  "+ INTERVAL (id) SECOND AND place[1] = id / 2 AND place[2] IS NULL"),
              400);
    for (const auto& left : std::filesystem::directory_iterator(folder_ / "staging"))
        EXPECT_FALSE(left.is_regular_file()) << left.path();
}

TEST_F(DeltaTableTest, a_repeated_batch_adds_and_uploads_nothing) {
    auto pins = new_table();
    ASSERT_TRUE(append(*pins, {rows(0, 10)}, 7));
    auto before = keys("pins/");
    for (std::int64_t number : {7, 6}) {
        auto again = append(*table(), {rows(0, 10)}, number);
        ASSERT_TRUE(again) << again.error().text;
        EXPECT_TRUE(again->is_repeat);
        EXPECT_EQ(again->version, 1);
    }
    EXPECT_EQ(keys("pins/"), before);
    EXPECT_EQ(read(*pins).row_count(), 10);
    EXPECT_FALSE(append(*pins, {rows(10, 10)}, 7, "another app")->is_repeat);
    EXPECT_EQ(read(*pins).row_count(), 20);
}

TEST_F(DeltaTableTest, files_without_rows_are_left_out_but_the_batch_moves_on) {
    auto pins = new_table();
    ASSERT_TRUE(append(*pins, {rows(0, 0), rows(0, 3), rows(3, 0)}, 1));
    EXPECT_EQ(read(*pins).files.size(), 1U);
    ASSERT_TRUE(append(*pins, {rows(0, 0)}, 2));
    ASSERT_TRUE(append(*pins, {}, 3));
    TableSnapshot snapshot = read(*pins);
    EXPECT_EQ(snapshot.files.size(), 1U);
    EXPECT_EQ(snapshot.batches.at("app"), 3);
}

TEST_F(DeltaTableTest, a_file_of_other_columns_is_refused_before_any_effect) {
    auto pins = new_table();
    TableFile file = rows(0, 3);
    file.parquet.schema.pop_back();
    auto refused = append(*pins, {file}, 1);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::invalid_argument);
    EXPECT_THAT(keys("pins/"), ElementsAre(entry(0)));
}

TEST_F(DeltaTableTest, no_table_and_no_version_are_not_found) {
    EXPECT_EQ(run_here(table("none")->read({})).error().code, Errc::not_found);
    EXPECT_EQ(run_here(table("none")->history()).error().code, Errc::not_found);
    EXPECT_EQ(append(*table("none"), {}, 1).error().code, Errc::not_found);
    auto pins = new_table();
    auto later = run_here(pins->read(3));
    ASSERT_FALSE(later);
    EXPECT_EQ(later.error().code, Errc::not_found);
    EXPECT_THAT(later.error().text, HasSubstr("no version 3: its newest is 0"));
}

TEST_F(DeltaTableTest, names_outside_the_grammar_are_refused) {
    for (const char* name : {"", ".", "..", "a/b", "a b", "é", "a\n"})
        EXPECT_EQ(lake_->table(name).error().code, Errc::invalid_argument) << name;
    EXPECT_TRUE(lake_->table("User_1.pin-table"));
}

TEST_F(DeltaTableTest, the_lake_lists_its_tables_by_name) {
    new_table("b");
    new_table("a");
    put_object("other/_delta_log/readme.txt", "no table");
    EXPECT_THAT(*run_here(lake_->list_tables()), ElementsAre("a", "b"));
}

TEST_F(DeltaTableTest, every_version_stays_readable) {
    auto pins = new_table();
    for (int batch = 1; batch <= 4; ++batch)
        ASSERT_TRUE(append(*pins, {rows(batch * 10, 10)}, batch));
    for (std::int64_t version : {4, 0, 2, 3, 1}) {
        TableSnapshot snapshot = read(*pins, version);
        EXPECT_EQ(snapshot.version, version);
        EXPECT_EQ(snapshot.row_count(), version * 10);
    }
    EXPECT_EQ(read(*pins).version, 4);
}

TEST_F(DeltaTableTest, replace_leaves_only_the_new_rows_and_schema) {
    auto pins = new_table();
    ASSERT_TRUE(append(*pins, {rows(0, 10), rows(10, 10)}, 1));
    auto replaced = run_here(pins->replace(schema(), {rows(100, 5)}));
    ASSERT_TRUE(replaced) << replaced.error().text;
    EXPECT_EQ(replaced->version, 2);
    EXPECT_EQ(ask(read(*pins), "SELECT min(id) FROM t"), 100);
    EXPECT_EQ(read(*pins).row_count(), 5);
    EXPECT_EQ(read(*pins).batches.at("app"), 1);  // a repeat stays a repeat

    Schema narrow{{"id", ColumnType::int32}};
    auto file = session_->write_parquet("SELECT 1 AS id", narrow, *lake_->staging_path());
    ASSERT_TRUE(run_here(pins->replace(narrow, {{*file, {}}})));
    TableSnapshot snapshot = read(*table());
    EXPECT_EQ(snapshot.schema, narrow);
    EXPECT_EQ(ask(snapshot, "SELECT sum(id) FROM t"), 1);
    EXPECT_EQ(read(*pins, 1).schema, schema());
    EXPECT_EQ(read(*pins, 1).row_count(), 20);
}

TEST_F(DeltaTableTest, replace_makes_an_absent_table_and_can_empty_one) {
    auto fresh = table("fresh");
    ASSERT_TRUE(run_here(fresh->replace(schema(), {rows(0, 3)})));
    EXPECT_EQ(read(*fresh).version, 0);
    EXPECT_EQ(read(*fresh).row_count(), 3);
    ASSERT_TRUE(run_here(fresh->replace(schema(), {})));
    EXPECT_TRUE(read(*fresh).files.empty());
}

TEST_F(DeltaTableTest, a_racing_append_and_ours_are_both_kept) {
    auto pins = new_table();
    auto rival = table();
    bool raced = false;
    watched_.before_put = [&](const std::string& key) {
        if (raced || key != entry(1)) return;
        raced = true;
        ASSERT_TRUE(append(*rival, {rows(100, 5)}, 1, "rival"));
    };
    auto ours = append(*pins, {rows(0, 10)}, 1);
    ASSERT_TRUE(ours) << ours.error().text;
    EXPECT_TRUE(raced);
    EXPECT_EQ(ours->version, 2);
    EXPECT_EQ(read(*pins).row_count(), 15);
    EXPECT_EQ(read(*pins).batches, (std::map<std::string, std::int64_t>{{"app", 1}, {"rival", 1}}));
}

TEST_F(DeltaTableTest, a_racing_append_of_the_same_batch_makes_ours_a_repeat_without_leftovers) {
    auto pins = new_table();
    auto twin = table();
    bool raced = false;
    watched_.before_put = [&](const std::string& key) {
        if (raced || key != entry(1)) return;
        raced = true;
        ASSERT_TRUE(append(*twin, {rows(0, 10)}, 1));
    };
    auto ours = append(*pins, {rows(0, 10)}, 1);
    ASSERT_TRUE(ours) << ours.error().text;
    EXPECT_TRUE(ours->is_repeat);
    EXPECT_EQ(read(*pins).row_count(), 10);
    EXPECT_EQ(keys("pins/part-").size(), 1U);
}

TEST_F(DeltaTableTest, a_racing_replace_of_the_schema_is_a_conflict_for_an_append) {
    auto pins = new_table();
    bool raced = false;
    watched_.before_put = [&](const std::string& key) {
        if (raced || key != entry(1)) return;
        raced = true;
        ASSERT_TRUE(run_here(table()->replace({{"id", ColumnType::int32}}, {})));
    };
    auto ours = append(*pins, {rows(0, 10)}, 1);
    ASSERT_FALSE(ours);
    EXPECT_EQ(ours.error().code, Errc::conflict);
    EXPECT_TRUE(keys("pins/part-").empty());
}

TEST_F(DeltaTableTest, a_replace_removes_what_a_racing_append_added) {
    auto pins = new_table();
    bool raced = false;
    watched_.before_put = [&](const std::string& key) {
        if (raced || key != entry(1)) return;
        raced = true;
        ASSERT_TRUE(append(*table(), {rows(100, 5)}, 1, "rival"));
    };
    auto replaced = run_here(pins->replace(schema(), {rows(0, 3)}));
    ASSERT_TRUE(replaced) << replaced.error().text;
    EXPECT_EQ(replaced->version, 2);
    EXPECT_EQ(read(*table()).row_count(), 3);
}

TEST_F(DeltaTableTest, a_writer_that_always_loses_gives_up_after_its_tries) {
    auto pins = new_table();
    std::int64_t number = 0;
    bool inside = false;
    watched_.before_put = [&](const std::string& key) {
        if (inside || !key.contains("_delta_log")) return;
        inside = true;
        ASSERT_TRUE(append(*table(), {}, ++number, "rival"));
        inside = false;
    };
    auto ours = append(*pins, {rows(0, 10)}, 1);
    ASSERT_FALSE(ours);
    EXPECT_EQ(ours.error().code, Errc::conflict);
    EXPECT_EQ(number, kCommitTriesMax);
    EXPECT_TRUE(keys("pins/part-").empty());
}

TEST_F(DeltaTableTest, four_writers_at_once_lose_nothing) {
    new_table();
    std::vector<std::jthread> writers;
    std::vector<std::vector<TableFile>> batches(4);
    for (std::size_t writer = 0; writer < batches.size(); ++writer)
        for (int batch = 0; batch < 5; ++batch)
            batches[writer].push_back(
                rows(static_cast<std::int64_t>(writer) * 100 + batch * 10, 10));
    for (std::size_t writer = 0; writer < batches.size(); ++writer)
        writers.emplace_back([&, writer] {
            auto pins = table();
            std::int64_t number = 0;
            for (const TableFile& file : batches[writer]) {
                auto committed = append(*pins, {file}, ++number, fmt::format("w{}", writer));
                EXPECT_TRUE(committed) << committed.error().text;
            }
        });
    writers.clear();
    TableSnapshot snapshot = read(*table());
    EXPECT_EQ(snapshot.version, 20);
    EXPECT_EQ(ask(snapshot, "SELECT count(DISTINCT id) FROM t"), 200);
}

TEST_F(DeltaTableTest, one_handle_may_be_used_by_several_threads) {
    auto pins = new_table();
    std::vector<TableFile> files;
    for (int batch = 0; batch < 8; ++batch) files.push_back(rows(batch, 1));
    std::vector<std::jthread> threads;
    for (std::size_t at = 0; at < files.size(); ++at)
        threads.emplace_back([&, at] {
            EXPECT_TRUE(append(*pins, {files[at]}, 1, fmt::format("app{}", at)));
            EXPECT_GE(read(*pins).version, 1);
        });
    threads.clear();
    EXPECT_EQ(read(*pins).row_count(), 8);
}

TEST_F(DeltaTableTest, a_commit_whose_answer_was_lost_is_known_again) {
    auto pins = new_table();
    TableFile file = rows(0, 10);
    watched_.before_put = [&](const std::string& key) {
        if (key == entry(1))
            memory_.fail_puts(1, memory::MemoryObjectStore::PutFault::after_effect);
    };
    auto committed = append(*pins, {file}, 1);
    ASSERT_TRUE(committed) << committed.error().text;
    EXPECT_FALSE(committed->is_repeat);
    EXPECT_EQ(committed->version, 1);
    EXPECT_EQ(read(*table()).row_count(), 10);
}

TEST_F(DeltaTableTest, a_commit_that_failed_leaves_the_table_as_it_was_and_can_be_repeated) {
    auto pins = new_table();
    bool fails = true;
    watched_.before_put = [&](const std::string& key) {
        if (fails && key == entry(1))
            memory_.fail_puts(1, memory::MemoryObjectStore::PutFault::before_effect);
    };
    auto failed = append(*pins, {rows(0, 10)}, 1);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, Errc::io);
    EXPECT_EQ(read(*pins).row_count(), 0);
    fails = false;
    ASSERT_TRUE(append(*pins, {rows(0, 10)}, 1));
    EXPECT_EQ(read(*pins).row_count(), 10);
}

TEST_F(DeltaTableTest, a_commit_names_only_objects_that_are_there) {
    auto pins = new_table();
    watched_.before_put = [&](const std::string& key) {
        if (key.contains("_delta_log")) EXPECT_EQ(keys("pins/part-").size(), 2U);
    };
    ASSERT_TRUE(append(*pins, {rows(0, 10), rows(10, 10)}, 1));
}

TEST_F(DeltaTableTest, a_reader_asks_only_for_what_is_new) {
    auto pins = new_table();
    auto reader = table();
    for (int batch = 1; batch <= 10; ++batch) ASSERT_TRUE(append(*pins, {}, batch));
    EXPECT_EQ(read(*reader).version, 10);
    ASSERT_TRUE(append(*pins, {}, 11));
    watched_.lists = watched_.gets = 0;
    EXPECT_EQ(read(*reader).version, 11);
    EXPECT_EQ(watched_.lists, 0);
    EXPECT_EQ(watched_.gets, 2);  // version 11, and the 12 that is not there
}

TEST_F(DeltaTableTest, a_broken_entry_is_corrupt_and_named) {
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

TEST_F(DeltaTableTest, a_hole_in_the_log_is_corrupt_and_never_written_into) {
    auto pins = new_table();
    for (int batch = 1; batch <= 3; ++batch) ASSERT_TRUE(append(*pins, {}, batch));
    ASSERT_TRUE(run_here(memory_.remove(entry(2))));
    EXPECT_EQ(run_here(table()->read({})).error().code, Errc::corrupt);
    EXPECT_EQ(append(*table(), {}, 9).error().code, Errc::corrupt);
    EXPECT_THAT(keys("pins/"), ElementsAre(entry(0), entry(1), entry(3)));
}

TEST_F(DeltaTableTest, a_log_without_its_metadata_is_corrupt) {
    put_object(entry(0), R"({"protocol":{"minReaderVersion":1,"minWriterVersion":2}})");
    EXPECT_EQ(run_here(table()->read({})).error().code, Errc::corrupt);
}

TEST_F(DeltaTableTest, what_we_lack_is_refused_by_name) {
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

TEST_F(DeltaTableTest, rows_that_a_deletion_vector_took_away_are_not_shown) {
    auto pins = new_table();
    ASSERT_TRUE(append(*pins, {rows(0, 10)}, 1));
    std::string line = object(entry(1));
    put_object(entry(2), R"({"add":{"path":"x.parquet","deletionVector":{"storageType":"u"}}})");
    auto snapshot = run_here(pins->read({}));
    ASSERT_FALSE(snapshot);
    EXPECT_EQ(snapshot.error().code, Errc::unsupported);
    EXPECT_THAT(snapshot.error().text, HasSubstr("deletionVectors"));
}

TEST_F(DeltaTableTest, an_append_only_table_is_not_replaced) {
    put_object(entry(0), R"({"protocol":{"minReaderVersion":1,"minWriterVersion":2}})"
                         "\n"
                         R"({"metaData":{"id":"i","configuration":{"delta.appendOnly":"true"},)"
                         R"("schemaString":"{\"type\":\"struct\",\"fields\":[]}"}})");
    auto replaced = run_here(table()->replace(schema(), {rows(0, 1)}));
    ASSERT_FALSE(replaced);
    EXPECT_EQ(replaced.error().code, Errc::unsupported);
    EXPECT_TRUE(append(*table(), {}, 1));
}

TEST_F(DeltaTableTest, a_checkpoint_stands_for_the_entries_before_it) {
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
        ASSERT_TRUE(run_here(memory_.remove(entry(version))));
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

TEST_F(DeltaTableTest, a_checkpoint_keeps_a_removed_file_for_its_week) {
    auto pins = new_table();
    ASSERT_TRUE(run_here(pins->replace(schema(), {rows(0, 1)})));
    ASSERT_TRUE(run_here(pins->replace(schema(), {rows(0, 1)})));
    clock_.advance_ms(kRemovedKeptMs + 1);
    ASSERT_TRUE(run_here(pins->replace(schema(), {rows(0, 1)})));
    for (std::int64_t version = 4; version <= kCommitsPerCheckpoint; ++version)
        ASSERT_TRUE(append(*pins, {}, version));
    LakeContext context{memory_, clock_, engine_, folder_ / "staging"};
    auto actions = run_here(read_checkpoint(
        context, {"pins/_delta_log/" + delta::checkpoint_name(kCommitsPerCheckpoint)}));
    ASSERT_TRUE(actions) << actions.error().text;
    EXPECT_EQ(std::ranges::count_if(*actions,
                                    [](const delta::Action& action) {
                                        return std::holds_alternative<delta::RemoveFile>(action);
                                    }),
              1);
}

TEST_F(DeltaTableTest, history_tells_what_each_version_did_newest_first) {
    auto pins = new_table();
    clock_.advance_ms(1000);
    ASSERT_TRUE(append(*pins, {rows(0, 10), rows(10, 5)}, 1));
    ASSERT_TRUE(run_here(pins->replace(schema(), {rows(0, 3)})));
    auto events = *run_here(pins->history());
    ASSERT_EQ(events.size(), 3U);
    EXPECT_EQ(events[0].version, 2);
    EXPECT_EQ(events[0].files_removed, 2);
    EXPECT_EQ(events[0].rows_added, 3);
    EXPECT_EQ(events[1].operation, "WRITE");
    EXPECT_EQ(events[1].rows_added, 15);
    EXPECT_EQ(events[1].files_added, 2);
    EXPECT_EQ(events[1].time_ms, clock_.now_ms());
    EXPECT_EQ(events[2].operation, "CREATE TABLE");
    EXPECT_EQ(events[2].time_ms, clock_.now_ms() - 1000);
}

TEST_F(DeltaTableTest, statistics_bound_the_rows_of_their_file) {
    auto pins = new_table();
    ASSERT_TRUE(append(*pins, {rows(1, 9)}, 1));
    auto actions = *delta::read_actions(object(entry(1)));
    std::string stats;
    for (const delta::Action& action : actions)
        if (const auto* add = std::get_if<delta::AddFile>(&action)) stats = add->stats;
    EXPECT_EQ(
        stats,
        R"({"numRecords":9,"minValues":{"id":1,"name":"name \"1",)"
        R"("seen":"2020-01-02T03:04:06.123Z","part":0.25,"flag":false},)"
        R"("maxValues":{"id":9,"name":"name \"9","seen":"2020-01-02T03:04:14.124Z","part":2.25,)"
        R"("flag":true},"nullCount":{"id":0,"name":1,"seen":1,"part":1,"flag":1}})");
}

TEST_F(DeltaTableTest, a_folder_store_hands_the_engine_its_own_files) {
    auto bucket = *store::FolderStore::open(files_, clock_, folder_ / "root", "tables");
    auto lake = open_lake(*bucket, "folder_staging");
    auto pins = *lake->table("pins");
    ASSERT_TRUE(run_here(pins->ensure(schema())));
    ASSERT_TRUE(append(*pins, {rows(0, 10)}, 1));
    TableSnapshot snapshot = read(*pins);
    EXPECT_TRUE(snapshot.files[0].local_path.starts_with((folder_ / "root").string()));
    EXPECT_EQ(std::filesystem::file_size(snapshot.files[0].local_path), snapshot.files[0].bytes);
    EXPECT_EQ(ask(snapshot, "SELECT sum(id) FROM t"), 45);
    EXPECT_THAT(*run_here(lake->list_tables()), ElementsAre("pins"));
}

TEST_F(DeltaTableTest, opening_drops_what_a_dead_process_left_in_staging_and_nothing_else) {
    TableFile left = rows(0, 3);
    auto stranger = folder_ / "staging" / "notes.txt";
    std::filesystem::create_directory(stranger);
    open_lake(watched_, "staging");
    EXPECT_FALSE(std::filesystem::exists(left.parquet.path));
    EXPECT_TRUE(std::filesystem::exists(stranger));
}

}  // namespace
}  // namespace pinflow::lake
