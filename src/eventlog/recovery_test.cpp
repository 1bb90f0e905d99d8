// SPDX-License-Identifier: Apache-2.0
// What the log finds when it opens after a crash, and after damage.
#include "eventlog/journal_reader.h"
#include "eventlog/log_fixture.h"

namespace pinflow::eventlog {
namespace {

using Disk = std::unique_ptr<memory::MemoryFiles>;

const TopicPartition kT0{"t", 0};
const std::string kFolder = "log/topics/t-0/";
const std::string kFirst = kFolder + "00000000000000000000.log";
const std::string kJournal = "log/journal/00000000000000000001.journal";

std::vector<std::string> numbered(int count, std::size_t bytes = 0) {
    std::vector<std::string> values;
    for (int i = 0; i < count; ++i) values.push_back(std::to_string(i) + std::string(bytes, 'v'));
    return values;
}

// A disk with one topic of the values, left by a kill: nothing but the first checkpoint.
Disk killed_disk(const std::vector<std::string>& values,
                 NativeLogSettings settings = small_settings()) {
    memory::MemoryFiles files;
    settings.checkpoint_idle_ms = 1'000'000;
    LogFixture log(files, settings);
    EXPECT_TRUE(log.start().has_value());
    EXPECT_TRUE(log.create("t").has_value());
    for (const auto& value : values) EXPECT_TRUE(log.append(kT0, {value}).has_value());
    return files.after_power_cut(0);
}

// The same after a clean stop.
Disk closed_disk(const std::vector<std::string>& values,
                 NativeLogSettings settings = small_settings()) {
    memory::MemoryFiles files;
    LogFixture log(files, settings);
    EXPECT_TRUE(log.start().has_value());
    EXPECT_TRUE(log.create("t").has_value());
    for (const auto& value : values) EXPECT_TRUE(log.append(kT0, {value}).has_value());
    log.stop();
    return files.after_power_cut(0);
}

// Where group `number` lies in the first journal file; the first is 1.
std::uint64_t place_of_group(std::uint64_t number) { return number * kJournalBlockBytes; }

std::size_t count_values(memory::MemoryFiles& disk, NativeLogSettings settings = small_settings()) {
    LogFixture log(disk, settings);
    auto opened = log.start();
    EXPECT_TRUE(opened.has_value()) << opened.error().text;
    return opened ? log.values(kT0)->size() : 0;
}

std::string refusal(memory::MemoryFiles& disk, NativeLogSettings settings = small_settings()) {
    LogFixture log(disk, settings);
    auto opened = log.start();
    EXPECT_FALSE(opened.has_value());
    if (opened) return "opened";
    EXPECT_EQ(opened.error().code, Errc::corrupt);
    return opened.error().text;
}

NativeLogSettings accepting_loss() {
    NativeLogSettings settings = small_settings();
    settings.accept_data_loss = true;
    return settings;
}

// Group 1 makes the topic; 2, 3 and 4 are the values.
TEST(Recovery, a_last_group_torn_at_any_byte_is_left_out) {
    auto disk = killed_disk({"one", "two", "three"});
    std::string whole = read_whole(*disk, kJournal);
    std::uint64_t last = place_of_group(4);
    std::size_t used = kGroupHeaderBytes + kBatchEntryBytes - 24 + batch_of({"three"}).size();
    for (std::size_t kept = 0; kept < used; ++kept) {
        for (char filler : {'\0', 'x'}) {
            std::string torn = whole;
            torn.replace(last + kept, kJournalBlockBytes - kept, kJournalBlockBytes - kept, filler);
            if (torn == whole) continue;  // the group ends with zeros
            write_whole(*disk, kJournal, torn);
            auto copy = disk->after_power_cut(0);
            LogFixture log(*copy);
            ASSERT_TRUE(log.start().has_value()) << kept;
            ASSERT_EQ(log.values(kT0)->size(), 2u) << kept;
            ASSERT_EQ(log.append(kT0, {"new"})->base_offset, 2);
            log.stop();
            ASSERT_EQ(count_values(*copy), 3u);
        }
    }
}

TEST(Recovery, a_bad_group_before_a_good_one_is_damage_and_refuses_to_open) {
    auto disk = killed_disk({"one", "two", "three"});
    for (std::uint64_t number : {1u, 2u, 3u}) {
        for (std::uint64_t byte : {0u, 5u, 10u, 17u, 30u, 39u, 45u, 100u, 4'095u}) {
            disk->flip_bit(kJournal, (place_of_group(number) + byte) * 8);
            auto copy = disk->after_power_cut(0);
            std::string text = refusal(*copy);
            std::string place = kJournal + " is damaged at byte " +
                                std::to_string(place_of_group(number)) + " (group " +
                                std::to_string(number) + ")";
            ASSERT_NE(text.find(place), std::string::npos) << text;
            ASSERT_NE(text.find("--accept-data-loss"), std::string::npos);
            disk->flip_bit(kJournal, (place_of_group(number) + byte) * 8);
        }
    }
    EXPECT_EQ(count_values(*disk), 3u);
}

TEST(Recovery, with_accepted_loss_a_damaged_journal_ends_before_the_damage) {
    auto disk = killed_disk({"one", "two", "three"});
    disk->flip_bit(kJournal, (place_of_group(3) + 60) * 8);
    EXPECT_EQ(count_values(*disk, accepting_loss()), 1u);
    EXPECT_EQ(count_values(*disk), 1u);  // said once; from then on it is a log like any other
}

TEST(Recovery, under_os_the_first_bad_group_simply_ends_the_log) {
    NativeLogSettings settings = small_settings();
    settings.durability = Durability::os;
    settings.checkpoint_idle_ms = 1'000'000;
    memory::MemoryFiles files;
    LogFixture log(files, settings);
    ASSERT_TRUE(log.start().has_value());
    ASSERT_TRUE(log.create("t").has_value());
    for (const auto& value : numbered(3)) ASSERT_TRUE(log.append(kT0, {value}).has_value());
    std::string whole = read_whole(files, kJournal);
    auto disk = files.after_power_cut(0);
    whole[place_of_group(3) + 50] ^= 1;
    write_whole(*disk, kJournal, whole);
    EXPECT_EQ(count_values(*disk), 1u);
}

TEST(Recovery, a_journal_file_cut_at_any_length_refuses_to_open) {
    NativeLogSettings settings = small_settings();
    settings.journal_file_bytes = 32 << 10;
    auto disk = killed_disk({"one", "two"}, settings);
    std::string whole = read_whole(*disk, kJournal);
    for (std::size_t bytes = 0; bytes < whole.size(); bytes += 37) {
        write_whole(*disk, kJournal, whole.substr(0, bytes));
        auto copy = disk->after_power_cut(0);
        ASSERT_NE(refusal(*copy).find(kJournal), std::string::npos) << bytes;
    }
    ASSERT_TRUE(disk->remove(kJournal).has_value());
    EXPECT_NE(refusal(*disk).find(kJournal + " is missing"), std::string::npos);
}

TEST(Recovery, a_lost_next_journal_file_is_missed) {
    NativeLogSettings settings = small_settings();
    settings.journal_file_bytes = 16 << 10;  // header, two groups, and where it goes on
    auto disk = killed_disk(numbered(5), settings);
    std::string second = "log/journal/00000000000000000002.journal";
    ASSERT_TRUE(disk->examine(second).has_value());
    ASSERT_EQ(count_values(*disk->after_power_cut(0), settings), 5u);
    ASSERT_TRUE(disk->remove(second).has_value());
    EXPECT_NE(refusal(*disk, settings).find(second + " is missing"), std::string::npos);
}

// Old bytes in a file used again, and groups of another epoch, are not taken for this one's.
TEST(Recovery, groups_of_another_epoch_behind_the_tail_are_nothing) {
    auto other = killed_disk({"of", "another", "life"});
    auto disk = killed_disk({"one"});
    std::string bytes = read_whole(*disk, kJournal);
    std::string foreign = read_whole(*other, kJournal);
    bytes.replace(place_of_group(3), 2 * kJournalBlockBytes, foreign, place_of_group(3),
                  2 * kJournalBlockBytes);
    write_whole(*disk, kJournal, bytes);
    LogFixture log(*disk);
    ASSERT_TRUE(log.start().has_value());
    EXPECT_EQ(log.values(kT0).value(), std::vector<std::string>{"one"});
}

TEST(Recovery, what_the_journal_has_need_not_be_in_the_segments) {
    auto disk = killed_disk(numbered(20, 700));
    ASSERT_EQ(disk->list(kFolder).error().code, Errc::not_found);  // nor their folder be there
    LogFixture log(*disk);
    ASSERT_TRUE(log.start().has_value());
    EXPECT_EQ(log.values(kT0).value(), numbered(20, 700));
}

TEST(Recovery, rubbish_behind_the_checkpoint_in_a_segment_is_cut) {
    auto disk = closed_disk({"one"});
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

TEST(Recovery, a_checkpointed_segment_cut_at_any_length_refuses_to_open) {
    auto disk = closed_disk({"one", "two"});
    std::string whole = read_whole(*disk, kFirst);
    for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
        write_whole(*disk, kFirst, whole.substr(0, bytes));
        auto copy = disk->after_power_cut(0);
        std::string text = refusal(*copy);
        ASSERT_NE(text.find(kFirst + " is damaged"), std::string::npos) << text;
        ASSERT_NE(text.find("offsets 0 to 1"), std::string::npos) << text;
    }
    ASSERT_TRUE(disk->remove(kFirst).has_value());
    std::string text = refusal(*disk);
    EXPECT_NE(text.find("it is missing"), std::string::npos) << text;
}

TEST(Recovery, with_accepted_loss_whole_batches_stay_and_no_offset_is_given_twice) {
    auto disk = closed_disk(numbered(12, 1'000));  // three to a segment
    std::uint64_t batch_bytes = batch_of({numbered(1, 1'000)[0]}).size();
    disk->flip_bit(kFirst, (batch_bytes + 200) * 8);                              // offset 1
    ASSERT_TRUE(disk->remove(kFolder + "00000000000000000006.log").has_value());  // 6 to 8
    LogFixture log(*disk, accepting_loss());
    auto opened = log.start();
    ASSERT_TRUE(opened.has_value()) << opened.error().text;
    auto offsets_from = [&](Offset from) {
        std::vector<Offset> found;
        for (auto& record : kafka::decode_records(log.fetch(kT0, from)->batches).value()) {
            found.push_back(record.offset);
        }
        return found;
    };
    EXPECT_EQ(offsets_from(0), (std::vector<Offset>{0}));
    EXPECT_EQ(offsets_from(1), (std::vector<Offset>{2}));  // the next there is
    EXPECT_EQ(offsets_from(3).front(), 3);
    EXPECT_EQ(offsets_from(7).front(), 9);
    EXPECT_EQ(log.append(kT0, {"new"})->base_offset, 12);
    EXPECT_EQ(disk->list("log/damaged")->size(), 1u);
    log.stop();
    LogFixture again(*disk);
    ASSERT_TRUE(again.start().has_value());
    EXPECT_EQ(again.append(kT0, {"newer"})->base_offset, 13);
}

TEST(Recovery, a_lost_tail_is_passed_over_by_its_readers_and_its_offsets_are_not_given_again) {
    auto disk = closed_disk(numbered(4, 1'000));
    ASSERT_TRUE(disk->remove(kFolder + "00000000000000000003.log").has_value());
    LogFixture log(*disk, accepting_loss());
    ASSERT_TRUE(log.start().has_value());
    auto lost = log.fetch(kT0, 3);  // before anything is appended behind it
    ASSERT_TRUE(lost.has_value()) << lost.error().text;
    EXPECT_TRUE(kafka::decode_records(lost->batches)->empty());
    EXPECT_EQ(kafka::end_of(lost->batches).value(), 4);
    EXPECT_EQ(log.append(kT0, {"new"})->base_offset, 4);
    auto records = kafka::decode_records(log.fetch(kT0, 3)->batches).value();
    EXPECT_EQ(records.at(0).offset, 4);
    log.stop();
    LogFixture again(*disk);
    auto opened = again.start();
    ASSERT_TRUE(opened.has_value()) << opened.error().text;
    EXPECT_EQ(again.fetch(kT0, 3)->offsets.end, 5);
}

TEST(Recovery, a_reader_of_a_stream_passes_over_a_lost_tail_to_the_tip) {
    memory::MemoryFiles disk;
    {
        LogFixture log(disk);
        ASSERT_TRUE(log.start().has_value());
        auto& streams = log.log().streams();
        ASSERT_TRUE(log.reactor().run(streams.create_stream("s", 1)).has_value());
        for (int i = 0; i < 4; ++i) {
            ASSERT_TRUE(log.reactor()
                            .run(streams.put("s", {{"key", {}, std::string(1'000, 'v')}}, {}))
                            .has_value());
        }
    }
    ASSERT_TRUE(disk.remove("log/streams/s-0/00000000000000000003.log").has_value());
    LogFixture log(disk, accepting_loss());
    ASSERT_TRUE(log.start().has_value());
    auto read = [&](std::string from) {
        return log.reactor()
            .run(log.log().streams().read("s", "shardId-000000000000", {from}, {}))
            .value();
    };
    EXPECT_EQ(read("0").records.size(), 3u);
    ShardRead tail = read("3");
    EXPECT_TRUE(tail.records.empty());
    EXPECT_EQ(tail.next.token, "4");
    EXPECT_EQ(tail.behind_ms, 0);
}

TEST(Recovery, where_all_of_a_partition_is_lost_it_begins_at_its_old_end) {
    auto disk = closed_disk(numbered(2, 1'000));
    ASSERT_TRUE(disk->remove(kFirst).has_value());
    LogFixture log(*disk, accepting_loss());
    ASSERT_TRUE(log.start().has_value());
    EXPECT_EQ(log.fetch(kT0, 2)->offsets.first, 2);
    EXPECT_EQ(log.append(kT0, {"new"})->base_offset, 2);
}

TEST(Recovery, a_start_on_a_full_disk_says_what_it_needs_and_loses_nothing) {
    auto disk = killed_disk({"one", "two"});
    disk->set_faults({.bytes_until_full = 100});
    LogFixture log(*disk);
    auto opened = log.start();
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().code, Errc::no_space);
    EXPECT_NE(opened.error().text.find("make room and start again"), std::string::npos)
        << opened.error().text;
    disk->set_faults({});
    EXPECT_EQ(count_values(*disk), 2u);
}

TEST(Recovery, one_copy_of_the_checkpoint_is_enough_and_the_other_is_made_again) {
    for (std::string lost : {"log/checkpoint.0", "log/checkpoint.1"}) {
        auto disk = closed_disk({"one"});
        disk->flip_bit(lost, 300);
        EXPECT_EQ(count_values(*disk), 1u);
        EXPECT_EQ(read_whole(*disk, "log/checkpoint.0"), read_whole(*disk, "log/checkpoint.1"));
        ASSERT_TRUE(disk->remove(lost).has_value());
        EXPECT_EQ(count_values(*disk), 1u);
    }
}

TEST(Recovery, without_a_checkpoint_nothing_is_taken_for_an_empty_log) {
    auto disk = closed_disk({"one"});
    for (std::string copy : {"log/checkpoint.0", "log/checkpoint.1"}) disk->flip_bit(copy, 300);
    EXPECT_NE(refusal(*disk).find("no copy of the checkpoint is whole"), std::string::npos);
    for (std::string copy : {"log/checkpoint.0", "log/checkpoint.1"}) {
        ASSERT_TRUE(disk->remove(copy).has_value());
    }
    EXPECT_NE(refusal(*disk).find("are missing"), std::string::npos);
}

TEST(Recovery, a_directory_of_the_log_without_a_journal_is_refused) {
    memory::MemoryFiles files;
    ASSERT_TRUE(files.make_directories("log").has_value());
    write_whole(files, "log/catalog", "pinflow log catalog 1\n");
    LogFixture log(files);
    EXPECT_EQ(log.start().error().code, Errc::unsupported);
}

TEST(Recovery, records_that_the_log_does_not_know_are_neither_served_nor_deleted) {
    auto disk = closed_disk({"one"});
    ASSERT_TRUE(disk->make_directories("log/topics/stray-0").has_value());
    LogFixture log(*disk);
    ASSERT_TRUE(log.start().has_value());  // an empty folder is a creation that was cut short
    ASSERT_TRUE(log.create("stray").has_value());
    log.stop();
    ASSERT_TRUE(disk->make_directories("log/topics/other-0").has_value());
    write_whole(*disk, "log/topics/other-0/00000000000000000000.log", batch_of({"x"}));
    EXPECT_NE(refusal(*disk).find("log/topics/other-0"), std::string::npos);
    EXPECT_EQ(disk->list("log/topics/other-0")->size(), 1u);
}

TEST(Recovery, files_that_are_no_segments_are_left_alone) {
    auto disk = closed_disk({"one"});
    for (std::string name : {"00000000000000000000.index", "notes.txt", "0.log"}) {
        write_whole(*disk, kFolder + name, "x");
    }
    EXPECT_EQ(count_values(*disk), 1u);
    EXPECT_EQ(disk->list(kFolder)->size(), 5u);  // with the segment and its index
}

// What a killed process wrote but never synced is served after the restart, so a later power cut
// must not take it away from those who have read it.
TEST(Recovery, what_is_served_after_a_kill_is_durable) {
    memory::MemoryFiles files;
    NativeLogSettings settings = small_settings();
    settings.durability = Durability::os;
    settings.checkpoint_idle_ms = 1'000'000;
    LogFixture log(files, settings);
    ASSERT_TRUE(log.start().has_value());
    ASSERT_TRUE(log.create("t").has_value());
    ASSERT_TRUE(log.append(kT0, {"not synced"}).has_value());
    auto cut = files.after_power_cut(0);
    auto killed = files.after_kill();
    {
        LogFixture after(*killed);
        ASSERT_TRUE(after.start().has_value());
        ASSERT_EQ(after.values(kT0)->size(), 1u);
        EXPECT_EQ(count_values(*killed->after_power_cut(0)), 1u);
    }
}

}  // namespace
}  // namespace pinflow::eventlog
