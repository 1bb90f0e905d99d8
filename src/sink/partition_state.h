// SPDX-License-Identifier: Apache-2.0
// What the work book knows of one partition: how far the sink is, and the objects it has promised
// itself to write next. All that decides an object's name and bytes is in it, so that whoever finds
// the promise after a crash writes the same object, whatever the settings say by then.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ports/event_log.h"
#include "record/record.h"
#include "sink/settings.h"

namespace pinflow::sink {

struct PartitionState {
    Life topic_life;
    Offset next = 0;                    // the first offset in no object, written or promised
    std::vector<OffsetRange> promised;  // [first, end) of each; the last ends at `next`
    NullValues null_values = NullValues::ignore;
    std::string topics_dir;

    static std::string encode(const PartitionState& state);
    static Result<PartitionState> decode(std::string_view text);
};

std::string state_key(const TopicPartition& partition);  // "sink/u.pin/0"
constexpr std::string_view kStatePrefix = "sink/";
Result<TopicPartition> partition_of_state_key(std::string_view key);

}  // namespace pinflow::sink
