// SPDX-License-Identifier: Apache-2.0
// What the thread behind the committer does by itself while the log is written to.
#include "eventlog/keeper.h"

#include <atomic>
#include <future>

#include "eventlog/files_fixture.h"
#include "eventlog/log_fixture.h"

namespace pinflow::eventlog {
namespace {

constexpr std::size_t kMebibyte = 1 << 20;

NativeLogSettings large_settings() {
    NativeLogSettings settings = small_settings();
    settings.segment_bytes_max = 64 * kMebibyte;
    settings.journal_file_bytes = 16 * kMebibyte;
    settings.checkpoint_bytes = 64 * kMebibyte;
    settings.checkpoint_idle_ms = 1'000'000;
    return settings;
}

// A checkpoint that gave the disk all of it at once would keep the journal's syncs waiting.
TEST(Keeper, a_segment_that_grows_is_synced_long_before_the_checkpoint) {
    memory::MemoryFiles disk;
    std::promise<void> segment_synced;
    std::once_flag once;
    std::atomic<int> checkpoint_syncs = 0;
    HookedFiles files(disk, [&](FileAction action, const std::string& path) {
        if (action != FileAction::sync) return;
        if (path.find("checkpoint") != std::string::npos) ++checkpoint_syncs;
        if (!path.ends_with("t-0/00000000000000000000.log")) return;
        std::call_once(once, [&] { segment_synced.set_value(); });
    });
    LogFixture log(files, large_settings());
    ASSERT_TRUE(log.start().has_value());
    ASSERT_TRUE(log.create("t").has_value());
    const int checkpoints_before = checkpoint_syncs;
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(log.append({"t", 0}, {std::string(kMebibyte, 'v')}).has_value());
    }
    auto is_synced = segment_synced.get_future();
    ASSERT_EQ(is_synced.wait_for(std::chrono::seconds(10)), std::future_status::ready);
    EXPECT_EQ(checkpoint_syncs, checkpoints_before);
}

// So that a sync of the journal that is written to never stands behind a whole next file.
TEST(Keeper, a_next_journal_file_is_zeroed_in_small_synced_steps) {
    memory::MemoryFiles disk;
    std::atomic<std::size_t> unsynced = 0;
    std::atomic<std::size_t> unsynced_most = 0;
    const std::string next = "log/journal/00000000000000000002.journal";
    HookedFiles files(disk, [&](FileAction action, const std::string& path) {
        if (path != next) return;
        if (action == FileAction::write) unsynced_most = std::max(unsynced_most.load(), ++unsynced);
        if (action == FileAction::sync) unsynced = 0;
    });
    LogFixture log(files, large_settings());
    ASSERT_TRUE(log.start().has_value());
    ASSERT_TRUE(log.create("t").has_value());
    while (!disk.examine(next) || disk.after_power_cut(0)->examine(next).has_value() == false) {
        ASSERT_TRUE(log.append({"t", 0}, {std::string(kMebibyte, 'v')}).has_value());
    }
    EXPECT_GE(unsynced_most, 1u);
    EXPECT_LE(unsynced_most, 2u);  // the last step, and the file's header
}

}  // namespace
}  // namespace pinflow::eventlog
