// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "eventlog/log_store.h"
#include "eventlog/scrub_report.h"

namespace pinflow::eventlog {

// Reads the log over, a little at a time, so that what a disk loses silently is known before
// somebody needs it. One thread.
class Scrub final {
public:
    // Reads about `bytes` more. False when a round is done.
    bool step(Files& files, const std::vector<LogStore::NamedPartition>& partitions,
              std::uint64_t bytes);

    const ScrubReport& report() const { return report_; }

private:
    struct Place {
        PartitionId partition = 0;
        Offset segment = 0;
        std::uint64_t position = 0;
        Offset next = 0;
    };

    bool find_next(const std::vector<LogStore::NamedPartition>& partitions);
    void read_some(Files& files, std::uint64_t bytes);
    void note_damage(const std::string& text);

    std::optional<Place> place_;  // nothing between two rounds
    std::shared_ptr<PartitionLog> log_;
    SegmentState state_;
    ScrubReport report_;
};

}  // namespace pinflow::eventlog
