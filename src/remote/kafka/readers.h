// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "remote/kafka/ends.h"
#include "remote/kafka/reader.h"

namespace pinflow::kafka {

// The partitions being read. A handle reads each from one position; so that two stations far apart
// (the sink behind, the stream at the end) do not send it to and fro, a few handles share the work,
// the others made when they are needed.
class Readers final {
public:
    Readers(const KafkaSettings& settings, Clock& clock, Ends& ends,
            std::function<void(Handle&)> has_events)
        : settings_(settings), clock_(clock), ends_(ends), has_events_(std::move(has_events)) {}
    ~Readers() { close(); }

    // Who reads there already, or nothing. Any thread.
    std::shared_ptr<Reader> find(const TopicPartition& partition, Offset from);

    // On a thread that may wait. invalid_argument where the partition has no such offset.
    Result<std::shared_ptr<Reader>> open(const TopicPartition& partition, Offset from);

    // The same: ends a reader that failed, or those of a topic that went.
    void drop(const std::shared_ptr<Reader>& reader);
    void drop_topic(const std::string& topic);
    void close();

private:
    struct Slot {
        std::size_t handle = 0;
        std::shared_ptr<Reader> reader;
        std::int64_t used_us = 0;
    };
    Result<Handle*> handle(std::size_t index);
    Status make_room();

    const KafkaSettings& settings_;
    Clock& clock_;
    Ends& ends_;
    const std::function<void(Handle&)> has_events_;

    std::vector<std::unique_ptr<Handle>> handles_;  // the opening thread's own
    std::mutex mutex_;
    std::vector<Slot> slots_;
    bool is_closed_ = false;
};

}  // namespace pinflow::kafka
