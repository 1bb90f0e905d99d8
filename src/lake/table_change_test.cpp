// SPDX-License-Identifier: Apache-2.0
// What one commit may do at once, and long logs.
#include <gmock/gmock.h>

#include "lake/checkpoint.h"
#include "lake/lake_test_fixture.h"

namespace pinflow::lake {
namespace {

using testing::HasSubstr;

class TableChangeTest : public LakeFixture {
protected:
    TableChange change_of(TableChange::Removes removes, std::vector<TableFile> files) {
        TableChange change;
        change.removes = removes;
        change.schema = schema();
        change.files = std::move(files);
        return change;
    }
    TableChange for_date(const std::string& date, std::vector<TableFile> files) {
        TableChange change = change_of(TableChange::Removes::tagged, std::move(files));
        change.tag = {"date", date};
        return change;
    }
    TableCommit commit(Table& to, TableChange change) {
        auto committed = run_here(to.change(std::move(change)));
        EXPECT_TRUE(committed) << committed.error().text;
        return committed.value_or(TableCommit{});
    }
};

TEST_F(TableChangeTest, tagged_files_are_replaced_and_others_stay) {
    auto pins = table();
    commit(*pins, for_date("1", {rows(0, 10, {{"date", "1"}}), rows(10, 10, {{"date", "1"}})}));
    commit(*pins, for_date("2", {rows(100, 5, {{"date", "2"}})}));
    EXPECT_EQ(commit(*pins, for_date("1", {rows(0, 3, {{"date", "1"}})})).version, 2);
    EXPECT_EQ(read(*pins).row_count(), 8);
    EXPECT_EQ(ask(read(*pins), "SELECT sum(id) FROM t"), 3 + 510);
    EXPECT_EQ(read(*pins, 1).row_count(), 25);
    commit(*pins, for_date("2", {}));
    EXPECT_EQ(read(*pins).row_count(), 3);
}

TEST_F(TableChangeTest, properties_stay_until_they_are_changed_or_taken_away) {
    auto pins = table();
    TableChange change = change_of(TableChange::Removes::nothing, {rows(0, 2)});
    change.properties = {{"a", "1"}, {"b", "2"}};
    commit(*pins, change);
    change = change_of(TableChange::Removes::nothing, {rows(2, 2)});
    change.properties = {{"a", "3"}, {"b", ""}, {"c", "4"}};
    commit(*pins, change);
    commit(*pins, change_of(TableChange::Removes::everything, {rows(0, 1)}));
    EXPECT_EQ(read(*pins).properties, (std::map<std::string, std::string>{{"a", "3"}, {"c", "4"}}));
    EXPECT_EQ(read(*open_lake(watched_, "other")->table("pins").value()).properties.at("a"), "3");
}

TEST_F(TableChangeTest, a_batch_is_changed_once) {
    auto pins = table();
    TableChange change = change_of(TableChange::Removes::nothing, {rows(0, 2)});
    change.batch = BatchId{"app", 4};
    EXPECT_FALSE(commit(*pins, change).is_repeat);
    change.files = {rows(0, 2)};
    std::string staged = change.files[0].parquet.path;
    EXPECT_TRUE(commit(*pins, change).is_repeat);
    EXPECT_FALSE(std::filesystem::exists(staged));
    EXPECT_EQ(read(*pins).row_count(), 2);
    EXPECT_EQ(read(*pins).batches.at("app"), 4);
}

TEST_F(TableChangeTest, another_schema_beside_rows_that_stay_is_a_conflict) {
    auto pins = table();
    commit(*pins, for_date("1", {rows(0, 2, {{"date", "1"}})}));
    TableChange change = for_date("2", {});
    change.schema = {{"other", ColumnType::text}};
    auto refused = run_here(pins->change(change));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::conflict);
    EXPECT_THAT(refused.error().text, HasSubstr("table pins: rows of another schema stay"));
    change.tag.second = "1";
    commit(*pins, change);
    EXPECT_EQ(read(*pins).schema, change.schema);
}

// What a reader pays for a long log: one listing, one checkpoint, and the entries behind it.
TEST_F(TableChangeTest, a_log_of_a_thousand_commits_opens_by_its_last_checkpoint) {
    auto pins = new_table();
    for (std::int64_t batch = 1; batch < 10 * kCommitsPerCheckpoint + 50; ++batch)
        ASSERT_TRUE(append(*pins, {}, batch));
    TableChange change = change_of(TableChange::Removes::nothing, {rows(0, 7, {{"t-0", "0-6"}})});
    change.properties = {{"pinflow.loaded.t-0", "0-6"}};
    commit(*pins, change);
    watched_.lists = 0;
    watched_.gets = 0;
    auto other = open_lake(watched_, "other");
    TableSnapshot snapshot = read(*other->table("pins").value());
    EXPECT_EQ(snapshot.version, 10 * kCommitsPerCheckpoint + 50);
    EXPECT_EQ(snapshot.row_count(), 7);
    EXPECT_EQ(snapshot.properties.at("pinflow.loaded.t-0"), "0-6");
    EXPECT_EQ(watched_.lists, 1);
    // The checkpoint, the entries behind it, the one that is not there yet, and the data file.
    EXPECT_LE(watched_.gets, 1 + 50 + 1 + 1);
}

}  // namespace
}  // namespace pinflow::lake
