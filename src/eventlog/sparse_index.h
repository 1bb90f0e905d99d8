// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "codec/kafka/record_batch.h"

namespace pinflow::eventlog {

// Where in a segment to begin looking: one entry per kIndexIntervalBytes.
class SparseIndex final {
public:
    struct Stretch {
        Offset base_offset = 0;
        std::uint64_t position = 0;
        Timestamp max_timestamp_ms = 0;
    };

    // Batches come in their order in the file.
    void add(const kafka::BatchHeader& header, std::uint64_t position);

    // Where a batch at or before the one that holds `offset` begins; nothing if that is before all.
    std::optional<Stretch> stretch_before(Offset offset) const;

    // The first indexed stretch with a record of at least `time`, if there is one.
    std::optional<Stretch> stretch_of_time(Timestamp time_ms) const;

    std::span<const Stretch> stretches() const { return stretches_; }
    void append(const Stretch& stretch) { stretches_.push_back(stretch); }  // behind all there are

private:
    std::vector<Stretch> stretches_;
};

}  // namespace pinflow::eventlog
