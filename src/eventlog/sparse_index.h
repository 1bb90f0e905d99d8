// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "codec/kafka/record_batch.h"

namespace pinflow::eventlog {

// Where in a segment to begin looking: one entry per kIndexIntervalBytes. Lives in memory only, and
// is made again from the segment when the log opens.
class SparseIndex final {
public:
    // Batches come in their order in the file.
    void add(const kafka::BatchHeader& header, std::uint64_t position);

    // A position at or before the batch that holds `offset`.
    std::uint64_t position_before(Offset offset) const;

    // The first indexed stretch with a record of at least `time`, if there is one.
    std::optional<std::uint64_t> position_of_time(Timestamp time_ms) const;

private:
    struct Stretch {
        Offset base_offset = 0;
        std::uint64_t position = 0;
        Timestamp max_timestamp_ms = 0;
    };
    std::vector<Stretch> stretches_;
};

}  // namespace pinflow::eventlog
