// SPDX-License-Identifier: Apache-2.0
// Which offsets a table's file was made from: {"ab.pin-0": "0-99,200-299"}, ends included.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "record/record.h"

namespace pinflow::batch {

inline constexpr std::size_t kRangesMax =
    1000;  // of one partition, in a tag; past it the hull alone

class Lineage final {
public:
    // Offsets first ... end-1 of a partition; in rising order within each partition.
    void add(const std::string& topic, std::int32_t partition, Offset first, Offset end);
    std::map<std::string, std::string> tags() const;

private:
    std::map<std::string, std::vector<std::pair<Offset, Offset>>> ranges_;  // first, end
};

}  // namespace pinflow::batch
