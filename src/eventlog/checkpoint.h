// SPDX-License-Identifier: Apache-2.0
// All that the log must know to go on from a place in its journal. The format: docs/formats/.
#pragma once

#include "eventlog/journal_files.h"
#include "eventlog/key_table.h"
#include "eventlog/producer_states.h"

namespace pinflow::eventlog {

struct SegmentState {
    Offset base_offset = 0;
    Offset end_offset = 0;
    std::uint64_t bytes = 0;
    std::uint64_t last_batch = 0;  // where in the file it begins; looked at when the log opens
    Timestamp first_append_ms = 0;
    Timestamp last_append_ms = 0;
};

struct PartitionState {
    Offset log_start = 0;
    Offset end = 0;
    std::vector<SegmentState> segments;  // in order; none where all has been deleted
    std::vector<ProducerState> producers;
};

struct TopicState {
    Space space = Space::topics;
    std::string name;
    std::string uuid;
    Timestamp created_ms = 0;
    bool is_removing = false;  // gone for everybody, but its files may be there still
    PartitionId first_partition = 0;
    std::vector<PartitionState> partitions;
};

struct CheckpointState {
    std::uint64_t generation = 0;
    JournalPlace journal;  // all before it is in the segments
    PartitionId next_partition = 1;
    bool is_clean = false;  // taken when the log was closed: the journal has nothing behind it
    std::vector<TopicState> topics;
    std::vector<KeyEntry> keys;  // oldest first
};

std::string encode_checkpoint(const CheckpointState& state);
// corrupt unless every byte is as it was written.
Result<CheckpointState> decode_checkpoint(std::string_view bytes);

// The two copies, "checkpoint.0" and "checkpoint.1", are replaced one after the other, each
// durably: a crash leaves one whole, and so does one that rots.
Status save_checkpoint(Files& files, const std::string& log_directory,
                       const CheckpointState& state);

// The newest whole copy. not_found: there is none at all; corrupt: none is whole. `notes` tells of
// a copy that is missing or damaged beside a whole one.
Result<CheckpointState> load_checkpoint(Files& files, const std::string& log_directory,
                                        std::vector<std::string>& notes);

}  // namespace pinflow::eventlog
