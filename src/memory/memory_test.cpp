// SPDX-License-Identifier: Apache-2.0
#include "contract/clock_contract.h"
#include "contract/files_contract.h"
#include "contract/object_store_contract.h"
#include "contract/work_book_contract.h"
#include "memory/hand_clock.h"
#include "memory/memory_files.h"
#include "memory/memory_meter.h"
#include "memory/memory_object_store.h"
#include "memory/memory_work_book.h"

namespace pinflow::contract {
namespace {

using memory::FileFaults;
using memory::MemoryFiles;

FilesUnderTest make_memory_files() {
    auto files = std::make_shared<MemoryFiles>();
    EXPECT_TRUE(files->make_directories("scratch").has_value());
    return {files, nullptr, "scratch"};
}

ObjectStoreUnderTest make_memory_store() {
    struct Owner {
        memory::HandClock clock;
        MemoryFiles files;
    };
    auto owner = std::make_shared<Owner>();
    EXPECT_TRUE(owner->files.make_directories("scratch").has_value());
    auto store = std::make_shared<memory::MemoryObjectStore>(owner->clock, owner->files);
    return {.owner = owner, .store = store, .files = &owner->files, .directory = "scratch"};
}

WorkBookUnderTest make_memory_book() {
    return {std::make_shared<memory::MemoryWorkBook>(), nullptr};
}

INSTANTIATE_TEST_SUITE_P(Memory, FilesContract, testing::Values(make_memory_files));
INSTANTIATE_TEST_SUITE_P(Memory, ObjectStoreContract, testing::Values(make_memory_store));
INSTANTIATE_TEST_SUITE_P(Memory, WorkBookContract, testing::Values(make_memory_book));
INSTANTIATE_TEST_SUITE_P(Memory, ClockContract,
                         testing::Values([] { return std::make_shared<memory::HandClock>(); }));

std::string content(Files& files, const std::string& path) {
    auto file = files.open(path, OpenMode::read);
    if (!file) return "<" + std::string(name_of(file.error().code)) + ">";
    std::string bytes((*file)->size().value(), '\0');
    EXPECT_TRUE((*file)->read_at(0, bytes).has_value());
    return bytes;
}

TEST(MemoryFiles, a_power_cut_takes_what_was_not_synced) {
    MemoryFiles files;
    auto file = files.open("a", OpenMode::create_new).value();
    ASSERT_TRUE(file->write_at(0, {{"kept"}}).has_value());
    ASSERT_TRUE(file->sync().has_value());
    EXPECT_EQ(content(*files.after_power_cut(0), "a"), "<not_found>");  // the name was not synced
    ASSERT_TRUE(files.sync_directory(".").has_value());
    ASSERT_TRUE(file->write_at(4, {{" lost"}}).has_value());
    EXPECT_EQ(content(*files.after_power_cut(0), "a"), "kept");
    EXPECT_EQ(content(files, "a"), "kept lost");
}

// The classic mistake: write, rename, and no sync of the bytes leaves an empty file.
TEST(MemoryFiles, a_rename_without_a_sync_of_the_bytes_leaves_an_empty_file) {
    MemoryFiles files;
    auto file = files.open("temporary", OpenMode::create_new).value();
    ASSERT_TRUE(file->write_at(0, {{"bytes"}}).has_value());
    ASSERT_TRUE(files.rename("temporary", "final").has_value());
    EXPECT_EQ(content(*files.after_power_cut(0), "final"), "<not_found>");
    ASSERT_TRUE(files.sync_directory(".").has_value());
    EXPECT_EQ(content(*files.after_power_cut(0), "final"), "");
    EXPECT_EQ(content(*files.after_power_cut(0), "temporary"), "<not_found>");
}

TEST(MemoryFiles, a_power_cut_with_a_seed_keeps_some_sectors_and_not_others) {
    MemoryFiles files;
    auto file = files.open("a", OpenMode::create_new).value();
    ASSERT_TRUE(files.sync_directory(".").has_value());
    ASSERT_TRUE(file->write_at(0, {{std::string(4'096, 'x')}}).has_value());
    std::set<std::string> outcomes;
    for (std::uint64_t seed = 1; seed <= 64; ++seed) {
        std::string found = content(*files.after_power_cut(seed), "a");
        EXPECT_EQ(found, content(*files.after_power_cut(seed), "a"));
        outcomes.insert(found);
    }
    EXPECT_TRUE(outcomes.contains(""));
    EXPECT_TRUE(outcomes.contains(std::string(4'096, 'x')));
    EXPECT_GT(outcomes.size(), 10u);
}

TEST(MemoryFiles, bytes_of_a_failed_sync_are_not_written_by_the_next) {
    MemoryFiles files;
    auto file = files.open("a", OpenMode::create_new).value();
    ASSERT_TRUE(files.sync_directory(".").has_value());
    files.set_faults({.fail_sync_at = 1});
    ASSERT_TRUE(file->write_at(0, {{"gone"}}).has_value());
    EXPECT_EQ(file->sync().error().code, Errc::io);
    EXPECT_TRUE(file->sync().has_value());
    EXPECT_EQ(content(*files.after_power_cut(0), "a"), "");
}

TEST(MemoryFiles, faults_come_at_the_ordered_call) {
    MemoryFiles files;
    auto file = files.open("a", OpenMode::create_new).value();
    files.set_faults({.fail_write_at = 2});
    EXPECT_TRUE(file->write_at(0, {{"1234"}}).has_value());
    EXPECT_EQ(file->write_at(4, {{"5678"}}).error().code, Errc::io);
    EXPECT_EQ(content(files, "a"), "123456");
    EXPECT_TRUE(file->write_at(4, {{"5678"}}).has_value());
    files.set_faults({.bytes_until_full = 3});
    EXPECT_EQ(file->write_at(8, {{"9ab", "c"}}).error().code, Errc::no_space);
    EXPECT_EQ(content(files, "a"), "123456789ab");
    files.set_faults({.power_off_at = 2});
    EXPECT_TRUE(file->sync().has_value());
    EXPECT_FALSE(file->sync().has_value());
    EXPECT_FALSE(file->write_at(0, {{"x"}}).has_value());
    EXPECT_EQ(content(files, "a"), "123456789ab");
}

TEST(MemoryFiles, a_cut_and_regrown_file_is_zeros_between_also_on_disk) {
    MemoryFiles files;
    auto file = files.open("a", OpenMode::create_new).value();
    ASSERT_TRUE(files.sync_directory(".").has_value());
    ASSERT_TRUE(file->write_at(0, {{"abcdef"}}).has_value());
    ASSERT_TRUE(file->sync().has_value());
    ASSERT_TRUE(file->truncate(2).has_value());
    ASSERT_TRUE(file->write_at(5, {{"x"}}).has_value());
    ASSERT_TRUE(file->sync().has_value());
    EXPECT_EQ(content(*files.after_power_cut(0), "a"), content(files, "a"));
}

TEST(MemoryObjectStore, an_ordered_failure_is_before_the_effect_or_after_it) {
    memory::HandClock clock;
    MemoryFiles files;
    memory::MemoryObjectStore store(clock, files);
    using Fault = memory::MemoryObjectStore::PutFault;
    store.fail_puts(1, Fault::before_effect);
    EXPECT_FALSE(run_here(store.put("k", "1", PutIf::absent)).has_value());
    EXPECT_FALSE(run_here(store.get("k", {})).has_value());
    store.fail_puts(1, Fault::after_effect);
    EXPECT_EQ(run_here(store.put("k", "1", PutIf::absent)).error().code, Errc::io);
    EXPECT_EQ(run_here(store.get("k", {})).value(), "1");
}

TEST(MemoryMeter, one_name_and_labels_are_one_counter) {
    memory::MemoryMeter meter;
    Labels labels{{"topic", "a"}};
    meter.counter("b_total", MeterKind::counter, "help", labels).add(2);
    meter.counter("b_total", MeterKind::counter, "help", labels).add();
    meter.counter("a_now", MeterKind::gauge, "other", {}).set(-1);
    auto readings = meter.read();
    ASSERT_EQ(readings.size(), 2u);
    EXPECT_EQ(readings[0].name, "a_now");
    EXPECT_EQ(readings[0].value, -1);
    EXPECT_EQ(readings[1].value, 3);
    EXPECT_EQ(readings[1].labels, labels);
}

}  // namespace
}  // namespace pinflow::contract
