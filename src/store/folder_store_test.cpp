// SPDX-License-Identifier: Apache-2.0
#include "store/folder_store.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/reactor.h"
#include "contract/object_store_contract.h"
#include "memory/hand_clock.h"
#include "memory/memory_files.h"
#include "posix/posix_files.h"
#include "posix/system_clock.h"

namespace pinflow::store {
namespace {

namespace fs = std::filesystem;

// A folder of its own on the real disk, gone with the test.
class RealFolder {
public:
    RealFolder() {
        static std::atomic<int> count = 0;
        path = fs::temp_directory_path() / fmt::format("store_test.{}.{}", ::getpid(), count++);
        fs::create_directories(path);
    }
    ~RealFolder() { fs::remove_all(path); }
    RealFolder(const RealFolder&) = delete;
    RealFolder& operator=(const RealFolder&) = delete;
    fs::path path;
};

struct OnDisk {
    RealFolder folder;
    posix::PosixFiles files;
    posix::SystemClock clock;
};

struct InMemory {
    memory::MemoryFiles files;
    memory::HandClock clock;
};

template <class Owner>
contract::ObjectStoreUnderTest under_test(std::shared_ptr<Owner> owner, const std::string& root) {
    std::string directory = root + "/sources";
    EXPECT_TRUE(owner->files.make_directories(directory).has_value());
    auto opened = FolderStore::open(owner->files, owner->clock, root + "/objects", "bucket");
    return {.owner = owner,
            .store = std::shared_ptr<ObjectStore>(std::move(opened.value())),
            .files = &owner->files,
            .directory = directory};
}

contract::ObjectStoreUnderTest on_disk() {
    auto owner = std::make_shared<OnDisk>();
    return under_test(owner, owner->folder.path.string());
}

contract::ObjectStoreUnderTest in_memory() {
    return under_test(std::make_shared<InMemory>(), "data");
}

using contract::ObjectStoreContract;
INSTANTIATE_TEST_SUITE_P(folder_on_disk, ObjectStoreContract, testing::Values(on_disk));
INSTANTIATE_TEST_SUITE_P(folder_in_memory, ObjectStoreContract, testing::Values(in_memory));

std::string read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

class FolderStoreTest : public testing::Test {
protected:
    void reopen() { store = FolderStore::open(files, clock, root(), "bucket").value(); }
    std::string root() const { return folder.path.string(); }
    Status put(std::string key, std::string bytes, PutIf condition = PutIf::always) {
        return run_here(store->put(std::move(key), std::move(bytes), condition));
    }
    std::string get(std::string key) {
        auto bytes = run_here(store->get(std::move(key), {}));
        return bytes ? *bytes : std::string(name_of(bytes.error().code));
    }
    std::vector<std::string> keys(std::string prefix = "") {
        std::vector<std::string> found;
        for (auto& info : run_here(store->list(std::move(prefix))).value())
            found.push_back(info.key);
        return found;
    }

    RealFolder folder;
    posix::PosixFiles files;
    posix::SystemClock clock;
    std::unique_ptr<FolderStore> store = FolderStore::open(files, clock, root(), "bucket").value();
};

TEST_F(FolderStoreTest, an_object_is_a_plain_file_where_its_key_says) {
    ASSERT_TRUE(put("topics/u.pin/partition=0/u.pin+0+0000000000.json", "{}\n"));
    EXPECT_EQ(read_file(folder.path / "bucket/topics/u.pin/partition=0/u.pin+0+0000000000.json"),
              "{}\n");
    EXPECT_EQ(store->local_path("topics/u.pin/partition=0/u.pin+0+0000000000.json"),
              root() + "/bucket/topics/u.pin/partition=0/u.pin+0+0000000000.json");
    EXPECT_EQ(store->local_path("topics/../x"), std::nullopt);
}

// What lies in the writers' areas, but for the files that hold their locks.
std::vector<std::string> half_written(const fs::path& areas) {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(areas)) {
        if (!entry.is_directory() && entry.path().filename() != "lock")
            names.push_back(entry.path());
    }
    return names;
}

TEST_F(FolderStoreTest, half_written_objects_are_never_seen_and_go_when_the_next_writer_comes) {
    fs::create_directories(folder.path / ".tmp/bucket/dead");
    std::ofstream(folder.path / ".tmp/bucket/dead/7") << "half";
    EXPECT_EQ(keys(), std::vector<std::string>{});
    ASSERT_TRUE(put("k", "v"));
    EXPECT_FALSE(fs::exists(folder.path / ".tmp/bucket/dead"));
    EXPECT_EQ(half_written(folder.path / ".tmp/bucket"), std::vector<std::string>{});
}

TEST_F(FolderStoreTest, another_open_of_the_bucket_leaves_a_live_writers_files_alone) {
    ASSERT_TRUE(put("k", "v"));
    fs::path area = *fs::directory_iterator(folder.path / ".tmp/bucket");
    std::ofstream(area / "7") << "half";
    auto second = *FolderStore::open(files, clock, root(), "bucket");
    ASSERT_TRUE(run_here(second->put("l", "w", PutIf::always)));
    EXPECT_TRUE(fs::exists(area / "7"));
}

TEST_F(FolderStoreTest, who_only_reads_makes_nothing) {
    EXPECT_EQ(keys(), std::vector<std::string>{});
    EXPECT_FALSE(fs::exists(folder.path / ".tmp"));
}

TEST_F(FolderStoreTest, a_refused_put_leaves_nothing_behind) {
    ASSERT_TRUE(put("a/b", "x"));
    EXPECT_FALSE(put("a/b/c", "y"));
    EXPECT_FALSE(put("a", "y"));
    EXPECT_FALSE(put("a/b", "y", PutIf::absent));
    EXPECT_FALSE(put("new/../b", "y"));
    EXPECT_EQ(half_written(folder.path / ".tmp/bucket"), std::vector<std::string>{});
    EXPECT_FALSE(fs::exists(folder.path / "bucket/new"));
    EXPECT_EQ(keys(), std::vector<std::string>{"a/b"});
}

TEST_F(FolderStoreTest, folders_left_empty_by_a_crash_do_not_keep_a_key_from_its_name) {
    fs::create_directories(folder.path / "bucket/a/b/c");
    EXPECT_EQ(keys(), std::vector<std::string>{});
    EXPECT_TRUE(put("a", "x", PutIf::absent));
    EXPECT_EQ(get("a"), "x");
    fs::create_directories(folder.path / "bucket/d/e");
    EXPECT_TRUE(put("d", "y", PutIf::always));
    EXPECT_EQ(get("d"), "y");
}

TEST_F(FolderStoreTest, what_another_open_of_the_bucket_wrote_is_read_and_collides_alike) {
    ASSERT_TRUE(put("a/b", "x"));
    reopen();
    EXPECT_EQ(get("a/b"), "x");
    EXPECT_TRUE(put("a", "y").error().text.starts_with("InvalidKey"));
    EXPECT_TRUE(put("a", "y", PutIf::absent).error().text.starts_with("InvalidKey"));
    EXPECT_TRUE(put("a/b/c", "y").error().text.starts_with("InvalidKey"));
    EXPECT_EQ(put("a/b", "y", PutIf::absent).error().code, Errc::already_exists);
}

TEST_F(FolderStoreTest, puts_and_removes_of_neighbours_do_not_disturb_one_another) {
    constexpr int kRounds = 200;
    std::atomic<int> failures = 0;
    auto churn = [&](std::string key) {
        for (int i = 0; i < kRounds; ++i) {
            if (!put(key, "x")) ++failures;
            if (!run_here(store->remove(key))) ++failures;
        }
    };
    {
        std::jthread one(churn, "d/e/1");
        std::jthread two(churn, "d/e/2");
    }
    EXPECT_EQ(failures, 0);
    EXPECT_FALSE(fs::exists(folder.path / "bucket/d"));
}

// Links that somebody planted are not objects, and nothing is written or read through them.
TEST_F(FolderStoreTest, planted_links_lead_nowhere) {
    RealFolder outside;
    std::ofstream(outside.path / "secret") << "secret";
    fs::create_symlink(outside.path, folder.path / "bucket/way");
    fs::create_symlink(outside.path / "secret", folder.path / "bucket/name");
    EXPECT_EQ(keys(), std::vector<std::string>{});
    EXPECT_EQ(keys("way/"), std::vector<std::string>{});
    EXPECT_EQ(get("name"), "not_found");
    EXPECT_EQ(get("way/secret"), "not_found");
    EXPECT_TRUE(put("way/secret", "changed").error().text.starts_with("InvalidKey"));
    EXPECT_TRUE(put("name", "mine"));
    EXPECT_EQ(read_file(outside.path / "secret"), "secret");
    EXPECT_EQ(get("name"), "mine");
    EXPECT_TRUE(run_here(store->remove("way/secret")));
    EXPECT_TRUE(fs::exists(outside.path / "secret"));
}

// Every call that changes the disk is the last one before the power goes, once; afterwards the
// object is there with all its bytes or not at all, and is there if the put had said so.
TEST(FolderStorePower, an_acknowledged_put_survives_and_no_other_is_seen_by_halves) {
    const std::string bytes(20'000, 'x');
    for (std::int64_t cut = 1;; ++cut) {
        memory::MemoryFiles before;
        memory::HandClock clock;
        auto store = FolderStore::open(before, clock, "data/objects", "b").value();
        memory::FileFaults faults;
        faults.power_off_at = cut;
        before.set_faults(faults);
        bool acknowledged = run_here(store->put("t/p/k", bytes, PutIf::absent)).has_value();
        for (std::uint64_t seed = 0; seed < 8; ++seed) {
            auto after = before.after_power_cut(seed);
            auto reopened = FolderStore::open(*after, clock, "data/objects", "b").value();
            auto got = run_here(reopened->get("t/p/k", {}));
            if (got) EXPECT_EQ(*got, bytes) << "cut " << cut << " seed " << seed;
            if (acknowledged) EXPECT_TRUE(got.has_value()) << "cut " << cut << " seed " << seed;
            EXPECT_LE(run_here(reopened->list("")).value().size(), 1u);
        }
        if (acknowledged) break;
    }
}

// "Already there" is an acknowledgement too: the first writer may have died before its directory
// was synced.
TEST(FolderStorePower, already_exists_means_durable) {
    memory::MemoryFiles before;
    memory::HandClock clock;
    auto store = FolderStore::open(before, clock, "data/objects", "b").value();
    ASSERT_TRUE(run_here(store->put("t/other", "x", PutIf::absent)).has_value());
    auto file = before.open("data/objects/b/t/k", OpenMode::create_new).value();
    std::string_view bytes = "bytes";
    ASSERT_TRUE(file->write_at(0, {&bytes, 1}).has_value());
    ASSERT_TRUE(file->sync().has_value());
    auto repeated = run_here(store->put("t/k", "bytes", PutIf::absent));
    ASSERT_EQ(repeated.error().code, Errc::already_exists);
    auto after = before.after_power_cut(0);
    auto reopened = FolderStore::open(*after, clock, "data/objects", "b").value();
    EXPECT_EQ(run_here(reopened->get("t/k", {})).value(), "bytes");
}

}  // namespace
}  // namespace pinflow::store
