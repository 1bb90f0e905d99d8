// SPDX-License-Identifier: Apache-2.0
// What the log finds when it opens after a crash, after damage, and after a clean stop.
#include "eventlog/log_fixture.h"

namespace pinflow::eventlog {
namespace {

const TopicPartition kT0{"t", 0};
const std::string kFolder = "log/topics/t-0/";
const std::string kFirst = kFolder + "00000000000000000000.log";

// A disk with one topic of the values, left by a kill: no clean stop.
std::unique_ptr<memory::MemoryFiles> killed_disk(const std::vector<std::string>& values) {
    memory::MemoryFiles files;
    LogFixture log(files);
    EXPECT_TRUE(log.start().has_value());
    EXPECT_TRUE(log.create("t").has_value());
    for (const auto& value : values) EXPECT_TRUE(log.append(kT0, {value}).has_value());
    return files.after_power_cut(0);
}

std::vector<std::string> long_values(int count) {
    std::vector<std::string> values;
    for (int i = 0; i < count; ++i) values.push_back(std::to_string(i) + std::string(1'000, 'v'));
    return values;
}

TEST(Recovery, a_tail_torn_at_any_byte_is_cut_back_to_the_last_whole_batch) {
    auto disk = killed_disk({"one", "two", "three"});
    std::string whole = read_whole(*disk, kFirst);
    std::size_t one = batch_of({"one"}).size(), two = one + batch_of({"two"}).size();
    for (std::size_t bytes = 0; bytes <= whole.size(); ++bytes) {
        write_whole(*disk, kFirst, whole.substr(0, bytes));
        auto copy = disk->after_power_cut(0);
        LogFixture log(*copy);
        ASSERT_TRUE(log.start().has_value()) << bytes;
        std::size_t kept = (bytes >= one) + (bytes >= two) + (bytes == whole.size());
        ASSERT_EQ(log.values(kT0)->size(), kept) << bytes;
        ASSERT_EQ(log.append(kT0, {"new"})->base_offset, static_cast<Offset>(kept));
        ASSERT_EQ(log.values(kT0)->back(), "new");
        log.stop();
        ASSERT_TRUE(log.start().has_value());
        ASSERT_EQ(log.values(kT0)->size(), kept + 1);
    }
}

TEST(Recovery, rubbish_and_zeros_behind_the_last_batch_are_cut) {
    auto disk = killed_disk({"one"});
    std::string whole = read_whole(*disk, kFirst);
    for (const std::string& tail : {std::string(4'096, '\0'), std::string(100, 'x'),
                                    batch_of({"of offset 0 again"}), std::string(1, '\0')}) {
        write_whole(*disk, kFirst, whole + tail);
        auto copy = disk->after_power_cut(0);
        LogFixture log(*copy);
        ASSERT_TRUE(log.start().has_value());
        EXPECT_EQ(log.values(kT0).value(), std::vector<std::string>{"one"});
        EXPECT_EQ(read_whole(*copy, kFirst), whole);
    }
}

// Including base offset and epoch, which the CRC does not cover.
TEST(Recovery, every_flipped_bit_in_a_full_segment_refuses_to_open) {
    auto disk = killed_disk(long_values(6));
    std::uint64_t first_batch_header_bits = kafka::kBatchHeaderBytes * 8;
    for (std::uint64_t bit = 0; bit < first_batch_header_bits + 64; ++bit) {
        disk->flip_bit(kFirst, bit);
        LogFixture log(*disk);
        auto opened = log.start();
        ASSERT_FALSE(opened.has_value()) << bit;
        EXPECT_EQ(opened.error().code, Errc::corrupt);
        EXPECT_NE(opened.error().text.find(kFirst + " is damaged at byte 0 (offset 0)"),
                  std::string::npos)
            << opened.error().text;
        disk->flip_bit(kFirst, bit);
    }
    LogFixture log(*disk);
    EXPECT_TRUE(log.start().has_value());
}

TEST(Recovery, a_missing_segment_refuses_to_open) {
    auto disk = killed_disk(long_values(12));
    auto entries = disk->list(kFolder).value();
    ASSERT_GE(entries.size(), 4u);
    ASSERT_TRUE(disk->remove(kFolder + entries[1].name).has_value());
    LogFixture log(*disk);
    auto opened = log.start();
    EXPECT_EQ(opened.error().code, Errc::corrupt);
    EXPECT_NE(opened.error().text.find(entries[2].name), std::string::npos) << opened.error().text;
}

// One group at most was in flight: a longer bad tail is damage, not a torn write.
TEST(Recovery, a_bad_tail_longer_than_a_group_refuses_to_open) {
    auto disk = killed_disk({"one"});
    std::string whole = read_whole(*disk, kFirst);
    NativeLogSettings settings = small_settings();
    settings.group_bytes_max = settings.batch_bytes_max = 5'000;
    write_whole(*disk, kFirst, whole + std::string(5'001, 'x'));
    EXPECT_EQ(LogFixture(*disk, settings).start().error().code, Errc::corrupt);
    write_whole(*disk, kFirst, whole + std::string(5'000, 'x'));
    EXPECT_TRUE(LogFixture(*disk, settings).start().has_value());
}

// After a clean stop nothing may be torn, and no batch may be gone, not even the last one whole.
TEST(Recovery, after_a_clean_stop_every_cut_refuses_to_open) {
    memory::MemoryFiles files;
    LogFixture log(files);
    ASSERT_TRUE(log.start().has_value());
    ASSERT_TRUE(log.create("t").has_value());
    for (std::string value : {"one", "two"}) ASSERT_TRUE(log.append(kT0, {value}).has_value());
    log.stop();
    std::string whole = read_whole(files, kFirst);
    for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
        write_whole(files, kFirst, whole.substr(0, bytes));
        LogFixture again(files);
        ASSERT_EQ(again.start().error().code, Errc::corrupt) << bytes;
    }
    ASSERT_TRUE(files.remove(kFirst).has_value());
    ASSERT_EQ(LogFixture(files).start().error().code, Errc::corrupt);
    write_whole(files, kFirst, whole);
    EXPECT_TRUE(log.start().has_value());
}

TEST(Recovery, a_note_of_a_clean_stop_does_not_outlive_the_next_start) {
    memory::MemoryFiles files;
    LogFixture log(files);
    ASSERT_TRUE(log.start().has_value());
    ASSERT_TRUE(log.create("t").has_value());
    log.stop();
    ASSERT_TRUE(log.start().has_value());
    ASSERT_TRUE(log.append(kT0, {"one"}).has_value());
    auto found = files.after_power_cut(0);
    LogFixture after(*found);
    ASSERT_TRUE(after.start().has_value());
    EXPECT_EQ(after.values(kT0).value(), std::vector<std::string>{"one"});
}

TEST(Recovery, records_that_the_catalog_does_not_know_are_neither_served_nor_deleted) {
    auto disk = killed_disk({"one"});
    ASSERT_TRUE(disk->make_directories("log/topics/stray-0").has_value());
    LogFixture log(*disk);
    ASSERT_TRUE(log.start().has_value());  // an empty folder is a creation that was cut short
    ASSERT_TRUE(log.create("stray").has_value());
    log.stop();
    ASSERT_TRUE(disk->make_directories("log/topics/other-0").has_value());
    write_whole(*disk, "log/topics/other-0/00000000000000000000.log", batch_of({"x"}));
    auto refused = log.start();
    EXPECT_EQ(refused.error().code, Errc::corrupt);
    EXPECT_NE(refused.error().text.find("log/topics/other-0"), std::string::npos);
    EXPECT_EQ(disk->list("log/topics/other-0")->size(), 1u);
}

TEST(Recovery, a_missing_folder_of_a_known_topic_refuses_to_open) {
    auto disk = killed_disk({"one"});
    ASSERT_TRUE(disk->remove(kFirst).has_value());
    ASSERT_TRUE(disk->remove("log/topics/t-0").has_value());
    EXPECT_EQ(LogFixture(*disk).start().error().code, Errc::corrupt);
}

TEST(Recovery, files_that_are_no_segments_are_left_alone) {
    auto disk = killed_disk({"one"});
    for (std::string name : {"00000000000000000000.index", "notes.txt", "0.log"}) {
        write_whole(*disk, kFolder + name, "x");
    }
    LogFixture log(*disk);
    ASSERT_TRUE(log.start().has_value());
    EXPECT_EQ(log.values(kT0)->size(), 1u);
    EXPECT_EQ(disk->list(kFolder)->size(), 4u);
}

// What a killed process wrote but never synced is served after the restart, so a later power cut
// must not take it away from those who have read it.
TEST(Recovery, what_is_served_after_a_kill_is_durable) {
    memory::MemoryFiles files;
    NativeLogSettings settings = small_settings();
    settings.durability = Durability::os;
    {
        LogFixture log(files, settings);
        ASSERT_TRUE(log.start().has_value());
        ASSERT_TRUE(log.create("t").has_value());
        ASSERT_TRUE(log.append(kT0, {"not synced"}).has_value());
        EXPECT_EQ(files.after_power_cut(0)->list(kFolder)->size(), 0u);
        log.stop();
        ASSERT_TRUE(files.remove("log/clean_stop").has_value());
    }
    LogFixture after(files);
    ASSERT_TRUE(after.start().has_value());
    EXPECT_EQ(after.values(kT0)->size(), 1u);
    LogFixture later(*files.after_power_cut(0));
}

}  // namespace
}  // namespace pinflow::eventlog
