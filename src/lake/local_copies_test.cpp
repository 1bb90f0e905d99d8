// SPDX-License-Identifier: Apache-2.0
#include "lake/local_copies.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "lake/lake_test_fixture.h"

namespace pinflow::lake {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class LocalCopiesTest : public LakeFixture {
protected:
    static constexpr std::uint64_t kBytesMax = 25;

    Result<std::vector<std::string>> ask(const std::vector<Wanted>& wanted) {
        return copies_.paths_of(wanted);
    }
    // Objects t/0, t/1 … of ten bytes each.
    std::vector<Wanted> put_objects(int count) {
        std::vector<Wanted> wanted;
        for (int i = 0; i < count; ++i) {
            wanted.push_back({fmt::format("t/{}", i), 10});
            put_object(wanted.back().key, fmt::format("{:>10}", i));
        }
        return wanted;
    }
    static std::string read_file(const std::string& path) {
        std::ifstream in(path, std::ios::binary);
        std::stringstream bytes;
        bytes << in.rdbuf();
        return bytes.str();
    }
    std::size_t files_there() {
        std::size_t count = 0;
        for (const auto& entry : fs::recursive_directory_iterator(folder_ / "copies"))
            count += entry.is_regular_file() ? 1 : 0;
        return count;
    }

    LocalCopies copies_{watched_, clock_, (folder_ / "copies").string(), kBytesMax};
};

TEST_F(LocalCopiesTest, an_object_is_fetched_once_and_its_copy_given_again) {
    auto wanted = put_objects(2);
    auto paths = ask(wanted);
    ASSERT_TRUE(paths) << paths.error().text;
    EXPECT_EQ(read_file(paths->at(0)), "         0");
    EXPECT_EQ(read_file(paths->at(1)), "         1");
    watched_.gets = 0;
    EXPECT_EQ(ask(wanted).value(), *paths);
    EXPECT_EQ(watched_.gets, 0);
}

TEST_F(LocalCopiesTest, what_was_given_out_lately_stays_whatever_the_bound) {
    auto wanted = put_objects(5);
    auto paths = ask(wanted).value();
    EXPECT_EQ(copies_.bytes_kept(), 50u);
    for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(read_file(paths[i]), fmt::format("{:>10}", i));
}

TEST_F(LocalCopiesTest, over_the_bound_the_longest_unused_go) {
    auto wanted = put_objects(5);
    for (std::size_t i = 0; i < 4; ++i) {
        ASSERT_TRUE(ask({wanted[i]}));
        clock_.advance_ms(1);
    }
    clock_.advance_ms(kCopyKeptMs);
    ASSERT_TRUE(ask({wanted[0]}));  // used again: it is not the oldest any more
    ASSERT_TRUE(ask({wanted[4]}));
    EXPECT_EQ(copies_.bytes_kept(), 20u);
    EXPECT_EQ(files_there(), 2u);
    watched_.gets = 0;
    ASSERT_TRUE(ask({wanted[0], wanted[4]}));
    EXPECT_EQ(watched_.gets, 0);
    auto again = ask({wanted[1]});  // is fetched again
    EXPECT_EQ(read_file(again->at(0)), "         1");
}

TEST_F(LocalCopiesTest, an_object_of_another_size_is_corrupt_and_leaves_nothing) {
    put_objects(1);
    auto wrong = ask({{"t/0", 11}});
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code, Errc::corrupt);
    EXPECT_THAT(wrong.error().text, HasSubstr("t/0"));
    EXPECT_EQ(ask({{"t/none", 10}}).error().code, Errc::not_found);
    EXPECT_EQ(files_there(), 0u);
    EXPECT_EQ(copies_.bytes_kept(), 0u);
}

// A foreign log may name anything.
TEST_F(LocalCopiesTest, a_key_outside_the_grammar_touches_no_folder) {
    EXPECT_EQ(ask({{"t/../../escaped/x", 1}}).error().code, Errc::invalid_argument);
    EXPECT_FALSE(fs::exists(folder_ / "escaped"));
}

TEST_F(LocalCopiesTest, large_objects_are_fetched_in_stretches) {
    std::string bytes(2 * kFetchBytes, 'x');
    bytes[kFetchBytes] = 'y';
    put_object("large", bytes);
    auto path = ask({{"large", bytes.size()}});
    ASSERT_TRUE(path) << path.error().text;
    EXPECT_TRUE(read_file(path->at(0)) == bytes);
    EXPECT_EQ(watched_.gets, 3);  // the last one finds nothing more
}

TEST_F(LocalCopiesTest, what_was_put_from_here_need_not_be_fetched) {
    put_objects(1);
    std::ofstream(folder_ / "staged") << "         0";
    copies_.adopt({"t/0", 10}, (folder_ / "staged").string());
    auto paths = ask({{"t/0", 10}});
    EXPECT_EQ(read_file(paths->at(0)), "         0");
    EXPECT_EQ(watched_.gets, 0);
    EXPECT_FALSE(fs::exists(folder_ / "staged"));
}

TEST_F(LocalCopiesTest, many_may_ask_for_the_same_at_once) {
    auto wanted = put_objects(20);
    std::vector<std::jthread> readers;
    std::atomic<int> good = 0;
    for (int reader = 0; reader < 4; ++reader) {
        readers.emplace_back([&] {
            LocalCopies& shared = copies_;
            auto paths = shared.paths_of(wanted);
            for (std::size_t i = 0; paths && i < paths->size(); ++i)
                good += read_file(paths->at(i)) == fmt::format("{:>10}", i) ? 1 : 0;
        });
    }
    readers.clear();
    EXPECT_EQ(good, 80);
    EXPECT_EQ(copies_.bytes_kept(), 200u);
}

TEST_F(LocalCopiesTest, a_writer_reads_its_own_rows_without_fetching_them) {
    auto pins = new_table();
    ASSERT_TRUE(append(*pins, {rows(0, 10)}, 1));
    watched_.gets = 0;
    TableSnapshot snapshot = read(*pins);
    EXPECT_EQ(LakeFixture::ask(snapshot, "SELECT sum(id) FROM t"), 45);
    EXPECT_EQ(watched_.gets, 1);  // whether there is a next version
}

TEST_F(LocalCopiesTest, who_only_looks_at_a_table_fetches_none_of_its_files) {
    ASSERT_TRUE(append(*new_table(), {rows(0, 10), rows(10, 10)}, 1));
    auto other = open_lake(watched_, "other");
    auto pins = *other->table("pins");
    watched_.gets = 0;
    TableSnapshot looked = run_here(pins->look(std::nullopt)).value();
    EXPECT_EQ(looked.row_count(), 20);
    EXPECT_EQ(looked.files.at(0).local_path, "");
    EXPECT_EQ(watched_.gets, 3);  // two entries, and the third that is not there
    TableSnapshot read = LakeFixture::read(*pins);
    EXPECT_EQ(LakeFixture::ask(read, "SELECT sum(id) FROM t"), 190);
    EXPECT_EQ(watched_.gets, 3 + 1 + 2);
}

}  // namespace
}  // namespace pinflow::lake
