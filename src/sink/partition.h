// SPDX-License-Identifier: Apache-2.0
// What the sink remembers of a partition while it runs. Private to sink*.cpp.
#pragma once

#include "ports/meter.h"
#include "sink/sink.h"

namespace pinflow::sink {

struct Sink::Partition {
    TopicPartition id;
    PartitionState state;  // as the work book has it, but for `kept`
    std::size_t kept = 0;  // how many of state.promised are written
    Offset first = 0;      // the log's, when last looked at
    Offset end = 0;
    bool is_state_dirty = false;  // state differs from the book's (a skipped gap, kept promises)

    // Records from state.next to `scanned` have been counted: they make this many lines.
    Offset scanned = 0;
    std::int64_t scanned_lines = 0;
    std::optional<std::int64_t> waiting_since_us;  // the first record in no object was seen then

    std::optional<std::int64_t> retry_us;  // not before; nothing when all is well
    std::int64_t retry_delay_us = 0;
    std::string problem;

    void forget_scan() {
        scanned = state.next;
        scanned_lines = 0;
    }
    // A promise is read again, also by the next process, until the book says that it is kept.
    Offset first_unkept() const {
        return state.promised.empty() ? state.next : state.promised.front().first;
    }
    bool has_unkept_promises() const { return kept < state.promised.size(); }
    std::int64_t pending() const {
        Offset from = has_unkept_promises() ? state.promised[kept].first : state.next;
        return end > from ? end - from : 0;
    }
};

struct Sink::Planned {
    Partition* partition = nullptr;
    BuiltObject object;
};

struct Sink::TopicCounters {
    Counter* objects = nullptr;
    Counter* records = nullptr;
    Counter* bytes = nullptr;
    Counter* null_values = nullptr;
    Counter* dead_letters = nullptr;
    Counter* skipped = nullptr;
    Counter* failures = nullptr;
    Counter* pending = nullptr;
};

}  // namespace pinflow::sink
