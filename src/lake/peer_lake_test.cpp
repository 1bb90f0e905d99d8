// SPDX-License-Identifier: Apache-2.0
// Our side of tests/peers/lake_reader, which says where by PINFLOW_PEER_LAKE; skipped without it.
#include <fmt/format.h>

#include <cstdlib>

#include "lake/checkpoint.h"
#include "lake/lake_test_fixture.h"

namespace pinflow::lake {
namespace {

class PeerLake : public LakeFixture {
protected:
    void SetUp() override {
        const char* root = std::getenv("PINFLOW_PEER_LAKE");
        if (root == nullptr) GTEST_SKIP() << "run by tests/peers/lake_reader/run.sh";
        bucket_ = *store::FolderStore::open(files_, clock_, root, "tables");
        lake_ = open_lake(*bucket_, "peer_staging");
        table_ = *lake_->table("peer");
    }

    static Schema peer_schema() {
        Schema all = schema();
        all.push_back({"small", ColumnType::int32});
        all.push_back({"raw", ColumnType::binary});
        all.push_back({"long", ColumnType::text});
        return all;
    }
    TableFile peer_rows(std::int64_t first, std::int64_t count) {
        auto plain = session_->create_view("plain", schema(), {rows(first, count).parquet.path});
        EXPECT_TRUE(plain) << plain.error().text;
        auto file = session_->write_parquet(
            "SELECT *, id % 7 AS small, encode('é') AS raw, "
            "repeat(CASE WHEN id % 2 = 0 THEN 'é' ELSE 'z' END, 300) || id AS long FROM plain",
            peer_schema(), *lake_->staging_path());
        EXPECT_TRUE(file) << file.error().text;
        return {*file, {{"pin-0", fmt::format("{}-{}", first, first + count)}}};
    }

    std::unique_ptr<store::FolderStore> bucket_;
    std::unique_ptr<Table> table_;
};

// Ten files of a hundred rows, after a replace, with a checkpoint and entries on both sides of it.
TEST_F(PeerLake, writes) {
    ASSERT_TRUE(run_here(table_->ensure(peer_schema())));
    ASSERT_TRUE(append(*table_, {peer_rows(0, 50)}, 0));
    ASSERT_TRUE(run_here(table_->replace(peer_schema(), {peer_rows(100, 100)})));
    for (std::int64_t batch = 1; batch <= 8; ++batch)
        ASSERT_TRUE(append(*table_, {peer_rows(100 + batch * 100, 100)}, batch));
    for (std::int64_t batch = 11; batch <= kCommitsPerCheckpoint + 4; ++batch)
        ASSERT_TRUE(append(*table_, {}, batch));
    ASSERT_TRUE(append(*table_, {peer_rows(1000, 100)}, 1000));
    EXPECT_EQ(read(*table_).version, kCommitsPerCheckpoint + 5);
}

TEST_F(PeerLake, reads_what_the_peer_appended) {
    TableSnapshot snapshot = read(*table_);
    EXPECT_EQ(snapshot.version, kCommitsPerCheckpoint + 6);
    EXPECT_EQ(snapshot.row_count(), 1020);
    EXPECT_EQ(ask(snapshot, "SELECT count(*) FROM t"), 1020);
    EXPECT_EQ(ask(snapshot,
                  "SELECT count(*) FROM t WHERE seen = TIMESTAMP "
                  "'2020-01-02 03:04:05.123456' + INTERVAL (id) SECOND"),
              816);
    EXPECT_TRUE(append(*table_, {}, 1000)->is_repeat);
    auto committed = append(*table_, {peer_rows(2000, 5)}, 1001);
    ASSERT_TRUE(committed) << committed.error().text;
    auto events = run_here(table_->history());
    ASSERT_TRUE(events) << events.error().text;
    EXPECT_EQ(events->at(1).rows_added, 20);
}

// The peer's own table: overwritten once, its first entries gone behind its own checkpoint.
TEST_F(PeerLake, reads_a_table_of_the_peers_making_and_writes_on) {
    auto copy = *lake_->table("copy");
    TableSnapshot snapshot = read(*copy);
    EXPECT_EQ(snapshot.version, 2);
    EXPECT_EQ(snapshot.row_count(), 1010);
    std::map<std::string, ColumnType> types;
    for (const Field& field : snapshot.schema) types[field.name] = field.type;
    for (const Field& field : peer_schema()) EXPECT_EQ(types.at(field.name), field.type);
    EXPECT_EQ(ask(snapshot,
                  "SELECT count(*) FROM t WHERE seen = TIMESTAMP "
                  "'2020-01-02 03:04:05.123456' + INTERVAL (id) SECOND AND "
                  "place[1] = id / 2 AND place[2] IS NULL"),
              808);
    EXPECT_EQ(read(*copy, 1).row_count(), 1000);
    EXPECT_FALSE(run_here(copy->read(0)));
    auto committed = append(*copy, {}, 1);
    ASSERT_TRUE(committed) << committed.error().text;
    EXPECT_EQ(committed->version, 3);
}

}  // namespace
}  // namespace pinflow::lake
