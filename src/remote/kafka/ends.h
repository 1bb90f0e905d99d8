// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <mutex>
#include <optional>

#include "ports/event_log.h"
#include "remote/kafka/handle.h"
#include "remote/kafka/questions.h"
#include "remote/kafka/topics.h"

namespace pinflow::kafka {

// How far partitions reach: from the log start to the last stable offset, behind which records of
// transactions may still be open. Whoever asks for one partition again and again (the sink looks
// at all of its every 20 ms) has the brokers asked once for all that are asked about.
class Ends final {
public:
    Ends(Clock& clock, Questions& questions, Topics& topics, Handle& asking)
        : clock_(clock), questions_(questions), topics_(topics), asking_(asking) {}

    // As it was at most 100 ms ago, and never from before an append of ours that has been answered.
    Task<Result<OffsetRange>> of(TopicPartition partition);

    // The first offset whose record is of `time` or later; nothing if there is none.
    Task<Result<std::optional<Offset>>> at(TopicPartition partition, Timestamp time);

    void note_appended(const TopicPartition& partition, Offset end);
    void forget_topic(const std::string& topic);

    // On the questions' thread: now, and not from memory.
    Result<OffsetRange> ask(const TopicPartition& partition);

private:
    struct Known {
        OffsetRange range;
        std::int64_t asked_us = kNever;   // when `range` was asked for
        std::int64_t wanted_us = kNever;  // when somebody last wanted it
        Offset appended_end = 0;
    };
    static constexpr std::int64_t kNever = INT64_MIN / 2;

    bool is_fresh(const Known& known, std::int64_t now_us) const;
    std::vector<TopicPartition> all_wanted(const TopicPartition& first);
    Error explained(const TopicPartition& partition, Error error);
    Status ask_for(const std::vector<TopicPartition>& partitions);
    Result<PartitionListPtr> list_offsets(const std::vector<TopicPartition>& partitions,
                                          std::int64_t time);

    Clock& clock_;
    Questions& questions_;
    Topics& topics_;
    Handle& asking_;

    std::mutex mutex_;
    std::map<TopicPartition, Known> known_;
};

}  // namespace pinflow::kafka
