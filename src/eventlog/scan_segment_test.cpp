// SPDX-License-Identifier: Apache-2.0
#include "eventlog/log_fixture.h"
#include "eventlog/segment.h"

namespace pinflow::eventlog {
namespace {

std::string batch_at(Offset offset, const std::string& value) {
    std::string batch = batch_of({value});
    kafka::set_base_offset(batch, offset);
    return batch;
}

SegmentScan scan(const std::string& bytes, Offset base_offset, Offset end_offset) {
    memory::MemoryFiles files;
    write_whole(files, "s", bytes);
    auto file = files.open("s", OpenMode::read).value();
    return scan_segment(*file, base_offset, end_offset, bytes.size()).value();
}

TEST(ScanSegment, whole_batches_are_one_run) {
    auto found = scan(batch_at(5, "a") + batch_at(6, "b"), 5, 7);
    EXPECT_EQ(found.damage, "");
    ASSERT_EQ(found.runs.size(), 1u);
    EXPECT_EQ(found.runs[0].state.end_offset, 7);
}

TEST(ScanSegment, behind_damage_a_run_begins_anew) {
    std::string damaged = batch_at(6, "b");
    damaged[65] ^= 1;
    auto found = scan(batch_at(5, "a") + damaged + batch_at(7, "c"), 5, 8);
    EXPECT_NE(found.damage, "");
    ASSERT_EQ(found.runs.size(), 2u);
    EXPECT_EQ(found.runs[1].state.base_offset, 7);
}

// A record whose value is a whole batch of a far offset, in a batch that is damaged: what follows
// it in truth must not be given up for it.
TEST(ScanSegment, a_batch_sent_as_a_value_does_not_outrun_the_segment) {
    std::string damaged = batch_at(6, "x" + batch_at(1'000'000, "a client's"));
    damaged[17] ^= 1;
    auto found = scan(batch_at(5, "a") + damaged + batch_at(7, "c"), 5, 8);
    ASSERT_EQ(found.runs.size(), 2u);
    EXPECT_EQ(found.runs[1].state.base_offset, 7);
    EXPECT_EQ(found.runs[1].state.end_offset, 8);
}

}  // namespace
}  // namespace pinflow::eventlog
