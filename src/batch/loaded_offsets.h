// SPDX-License-Identifier: Apache-2.0
// Which offsets of which partitions have been loaded. A set of ranges, not a mark: what arrives
// late, with a lower offset, is still seen to be missing. A log without holes makes one range a
// partition, however many objects it came in.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/result.h"
#include "record/record.h"

namespace pinflow::batch {

// Ranges of all partitions together. They are told anew in each commit, so there must be few; only
// a log with many holes has many.
inline constexpr std::size_t kLoadedRangesMax = 10'000;

class LoadedOffsets final {
public:
    // From a table's properties, "pinflow.loaded.<topic>-<partition>" = "0-99,200-299" (ends
    // included); others are passed over. corrupt, naming it, for one that does not parse.
    static Result<LoadedOffsets> read(const std::map<std::string, std::string>& properties);

    bool contains(const std::string& topic, std::int32_t partition, Offset offset) const;
    void add(const std::string& topic, std::int32_t partition, Offset first, Offset end);

    // The same form. too_large past kLoadedRangesMax.
    Result<std::map<std::string, std::string>> properties() const;

private:
    using Ranges = std::map<Offset, Offset>;  // first -> end; apart from one another
    static void add_to(Ranges& ranges, Offset first, Offset end);
    std::map<std::string, Ranges> partitions_;
};

}  // namespace pinflow::batch
