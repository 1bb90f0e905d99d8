// SPDX-License-Identifier: Apache-2.0
// What a table does for one writer and its readers.
#include <gmock/gmock.h>

#include "lake/lake_test_fixture.h"

namespace pinflow::lake {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class DeltaTableTest : public LakeFixture {};

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
