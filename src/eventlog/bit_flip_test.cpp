// SPDX-License-Identifier: Apache-2.0
// Every bit of every file of a small log flipped by itself, and every file cut at every length: no
// wrong byte or offset is ever served, and the damage is found. Each flip is looked for by the
// check; with each eighth bit of segments, and each fortieth of others, others at each run, the log
// is opened and read too.
#include <cstdlib>
#include <random>

#include "eventlog/check_log.h"
#include "eventlog/journal_format.h"
#include "eventlog/log_fixture.h"

namespace pinflow::eventlog {
namespace {

using Disk = std::unique_ptr<memory::MemoryFiles>;

const std::vector<TopicPartition> kPartitions{{"a", 0}, {"a", 1}, {"b", 0}, {"b", 1}};
constexpr int kBatches = 4;  // in each partition: two to a segment

NativeLogSettings tiny_settings() {
    NativeLogSettings settings = small_settings();
    settings.segment_bytes_max = 2 * batch_of({"a-0: 0"}).size();
    settings.journal_file_bytes = 128 << 10;
    settings.checkpoint_idle_ms = 1'000'000;
    settings.scrub_bytes_per_second = 0;
    return settings;
}

std::string value_of(const TopicPartition& partition, Offset offset) {
    return fmt::format("{}-{}: {}", partition.topic, partition.partition, offset);
}

void append_to(LogFixture& log, const TopicPartition& partition, int batches) {
    for (Offset offset = 0; offset < batches; ++offset) {
        ASSERT_EQ(log.append(partition, {value_of(partition, offset)})->base_offset, offset);
    }
}

// Two topics of two partitions, in two segments each, with their indexes.
Disk closed_disk(bool has_indexes = true) {
    memory::MemoryFiles files;
    LogFixture log(files, tiny_settings());
    EXPECT_TRUE(log.start().has_value());
    for (const char* topic : {"a", "b"}) EXPECT_TRUE(log.create(topic, 2).has_value());
    for (const auto& partition : kPartitions) append_to(log, partition, kBatches);
    log.stop();
    return has_indexes ? files.after_kill() : files.after_power_cut(0);  // nobody syncs them
}

// One partition, and all of it in the journal.
Disk killed_disk(int batches) {
    memory::MemoryFiles files;
    NativeLogSettings settings = tiny_settings();
    settings.journal_file_bytes = 32 << 10;
    LogFixture log(files, settings);
    EXPECT_TRUE(log.start().has_value());
    EXPECT_TRUE(log.create("a", 1).has_value());
    append_to(log, kPartitions[0], batches);
    return files.after_power_cut(0);
}

void list_files(Files& files, const std::string& directory, std::vector<std::string>& found) {
    for (const auto& entry : files.list(directory).value()) {
        std::string path = directory + "/" + entry.name;
        if (entry.is_directory) list_files(files, path, found);
        else found.push_back(path);
    }
}

// What is right to serve: whole records at their offsets, from the one asked for or its batch on.
// False: the read failed, which is right too.
bool serves_only_what_was_sent(LogFixture& log, const TopicPartition& partition, Offset from) {
    auto fetched = log.fetch(partition, from);
    if (!fetched) return false;
    auto records = kafka::decode_records(fetched->batches);
    EXPECT_TRUE(records.has_value()) << "served, but cannot be read";
    if (!records) return false;
    EXPECT_FALSE(records->empty());
    for (std::size_t i = 0; i < records->size(); ++i) {
        const auto& record = records->at(i);
        EXPECT_EQ(record.offset, from + static_cast<Offset>(i));
        EXPECT_EQ(*record.value, value_of(partition, record.offset));
    }
    return true;
}

// Reads all, from each offset and by each time. True if everything is as it was.
bool reads_whole(LogFixture& log, const TopicPartition& partition, Offset end) {
    auto range = log.reactor().run(log.log().topics().offsets(partition));
    if (!range) return false;
    bool is_whole = range->first == 0 && range->end == end;
    for (Offset from = 0; from < std::min(range->end, end); ++from) {
        is_whole &= serves_only_what_was_sent(log, partition, from);
    }
    auto at = log.reactor().run(log.log().topics().offset_at(partition, 1'000));
    if (at) EXPECT_EQ(*at, 0);
    return is_whole && at.has_value();
}

struct Findings {
    bool by_check = false;
    bool by_open = false;
    bool by_read = false;
};

bool check_finds(memory::MemoryFiles& disk) {
    auto checked = check_log(disk, "log");
    return !checked || !checked->damage.empty() || !checked->notes.empty();
}

Findings examine(memory::MemoryFiles& disk, const std::vector<TopicPartition>& partitions,
                 Offset end) {
    Findings found;
    found.by_check = check_finds(disk);
    LogFixture log(disk, tiny_settings());
    auto opened = log.start();
    if (!opened) {
        EXPECT_EQ(opened.error().code, Errc::corrupt) << opened.error().text;
        found.by_open = true;
        return found;
    }
    for (const auto& partition : partitions) found.by_read |= !reads_whole(log, partition, end);
    return found;
}

bool is_segment(const std::string& path) { return path.ends_with(".log"); }
bool is_index(const std::string& path) { return path.ends_with(".idx"); }
bool is_dead(const std::string& path) {  // of a log that was closed in order
    return path.ends_with(".journal") || path.ends_with("/lock");
}

TEST(BitFlip, the_log_of_these_tests_has_every_kind_of_file) {
    auto disk = closed_disk();
    std::vector<std::string> paths;
    list_files(*disk, "log", paths);
    EXPECT_EQ(std::ranges::count_if(paths, is_segment), 8);
    EXPECT_EQ(std::ranges::count_if(paths, is_index), 8);
    auto dead = std::ranges::count_if(paths, is_dead);
    EXPECT_GE(dead, 2);  // the lock, and the journal's: one, or the next as well
    EXPECT_EQ(static_cast<std::int64_t>(paths.size()), 8 + 8 + dead + 2);  // and the checkpoint's
    auto checked = check_log(*disk, "log");
    ASSERT_TRUE(checked.has_value()) << checked.error().text;
    EXPECT_EQ(checked->damage, std::vector<std::string>{});
    EXPECT_EQ(checked->notes, std::vector<std::string>{});
    EXPECT_EQ(checked->segments, 8);
    Findings found = examine(*disk, kPartitions, kBatches);
    EXPECT_FALSE(found.by_open);
    EXPECT_FALSE(found.by_read);
}

// The base offset is not under the batch's CRC, and nobody else looks at a middle batch's.
TEST(BitFlip, a_search_by_time_gives_no_offset_that_a_flipped_bit_made) {
    memory::MemoryFiles disk;
    LogFixture log(disk);
    ASSERT_TRUE(log.start().has_value());
    ASSERT_TRUE(log.create("a").has_value());
    for (Timestamp time_ms : {1'000, 2'000, 3'000}) {
        ASSERT_TRUE(log.append_batch(kPartitions[0], batch_of({"v"}, time_ms)).has_value());
    }
    log.stop();
    const std::uint64_t second_batch = batch_of({"v"}).size();
    disk.flip_bit("log/topics/a-0/00000000000000000000.log", (second_batch + 7) * 8);
    ASSERT_TRUE(log.start().has_value());
    auto found = log.reactor().run(log.log().topics().offset_at(kPartitions[0], 2'000));
    ASSERT_FALSE(found.has_value()) << *found;
    EXPECT_EQ(found.error().code, Errc::corrupt);
}

// Indexes are not synced, and a lost one is no damage.
TEST(BitFlip, a_power_cut_after_a_clean_stop_is_not_taken_for_damage) {
    auto checked = check_log(*closed_disk(false), "log");
    ASSERT_TRUE(checked.has_value()) << checked.error().text;
    EXPECT_EQ(checked->damage, std::vector<std::string>{});
}

// Which bits a run opens the log for; all of them with PINFLOW_BIT_STEP=1.
std::uint64_t bit_step() {
    const char* given = std::getenv("PINFLOW_BIT_STEP");
    return given == nullptr ? 8 : std::stoull(given);
}

TEST(BitFlip, no_flipped_bit_of_a_closed_log_is_served_and_each_is_found) {
    auto disk = closed_disk();
    std::vector<std::string> paths;
    list_files(*disk, "log", paths);
    for (const std::string& path : paths) {
        std::uint64_t bits = disk->examine(path)->bytes * 8;
        std::uint64_t step = bit_step() * (is_dead(path) ? 1'021 : is_segment(path) ? 1 : 5);
        std::uint64_t phase = std::random_device{}() % step;
        for (std::uint64_t bit = 0; bit < bits; ++bit) {
            bool is_opened = bit % step == phase;
            if (!is_opened && is_dead(path)) continue;
            SCOPED_TRACE(fmt::format("{}, bit {}", path, bit));
            disk->flip_bit(path, bit);
            bool is_found = check_finds(*disk);
            if (is_opened) {
                Findings found = examine(*disk->after_power_cut(0), kPartitions, kBatches);
                if (is_segment(path)) ASSERT_TRUE(found.by_open || found.by_read);
            }
            disk->flip_bit(path, bit);
            ASSERT_TRUE(is_dead(path) || is_found);
            ASSERT_FALSE(testing::Test::HasFailure());
        }
    }
}

TEST(BitFlip, no_file_of_a_closed_log_can_be_cut_unseen) {
    auto disk = closed_disk();
    std::vector<std::string> paths;
    list_files(*disk, "log", paths);
    for (const std::string& path : paths) {
        std::string whole = read_whole(*disk, path);
        std::size_t step = is_dead(path) ? 509 : 1;
        for (std::size_t bytes = 0; bytes < whole.size(); bytes += step) {
            write_whole(*disk, path, whole.substr(0, bytes));
            Findings found = examine(*disk->after_power_cut(0), kPartitions, kBatches);
            ASSERT_FALSE(testing::Test::HasFailure()) << path << ", to " << bytes;
            ASSERT_TRUE(is_dead(path) || found.by_check) << path << ", to " << bytes;
        }
        write_whole(*disk, path, whole);
    }
}

// Damage in the very last group cannot be told from a torn tail: it is noted, and left out.
TEST(BitFlip, each_flipped_bit_of_a_journal_that_counts_is_found) {
    constexpr int kGroups = 3;
    auto disk = killed_disk(kGroups - 1);  // the first makes the topic
    std::string path = "log/journal/00000000000000000001.journal";
    std::string whole = read_whole(*disk, path);
    std::uint64_t phase = std::random_device{}() % bit_step();
    for (std::uint64_t block = 0; block <= kGroups; ++block) {
        std::uint64_t first = block * kJournalBlockBytes;
        std::string_view bytes = std::string_view(whole).substr(first, kJournalBlockBytes);
        // Behind the file's header nothing means anything.
        std::uint64_t used = bytes.find_last_not_of('\0') + 1;
        std::uint64_t checked = block == 0 ? used : kJournalBlockBytes;
        for (std::uint64_t bit = 0; bit < checked * 8;
             bit += bit < used * 8 ? 1 : 61 * bit_step()) {
            bool is_opened = bit % bit_step() == phase;
            Findings found;
            disk->flip_bit(path, first * 8 + bit);
            bool is_found = check_finds(*disk);
            if (is_opened) {
                found = examine(*disk->after_power_cut(0), {kPartitions[0]}, kGroups - 1);
            }
            disk->flip_bit(path, first * 8 + bit);
            ASSERT_FALSE(testing::Test::HasFailure()) << "block " << block << ", bit " << bit;
            ASSERT_TRUE(is_found) << "block " << block << ", bit " << bit;
            if (!is_opened) continue;
            ASSERT_EQ(found.by_open, block < kGroups) << "block " << block << ", bit " << bit;
        }
    }
}

TEST(BitFlip, no_journal_that_counts_can_be_cut_unseen) {
    auto disk = killed_disk(2);
    std::string path = "log/journal/00000000000000000001.journal";
    std::string whole = read_whole(*disk, path);
    for (std::size_t bytes = 0; bytes < whole.size(); bytes += 61) {
        write_whole(*disk, path, whole.substr(0, bytes));
        Findings found = examine(*disk->after_power_cut(0), {kPartitions[0]}, 2);
        ASSERT_TRUE(found.by_check && found.by_open) << bytes;
    }
}

}  // namespace
}  // namespace pinflow::eventlog
