// SPDX-License-Identifier: Apache-2.0
#include "batch/lineage.h"

#include <fmt/format.h>

#include "base/text.h"

namespace pinflow::batch {

void Lineage::add(const std::string& topic, std::int32_t partition, Offset first, Offset end) {
    if (first == end) return;
    std::vector<std::pair<Offset, Offset>>& ranges =
        ranges_[fmt::format("{}-{}", topic, partition)];
    if (!ranges.empty() && ranges.back().second == first) {
        ranges.back().second = end;
    } else {
        ranges.emplace_back(first, end);
    }
}

std::map<std::string, std::string> Lineage::tags() const {
    std::map<std::string, std::string> tags;
    for (const auto& [partition, ranges] : ranges_) {
        std::vector<std::string> parts;
        for (const auto& [first, end] : ranges)
            parts.push_back(fmt::format("{}-{}", first, end - 1));
        tags[partition] =
            ranges.size() <= kRangesMax
                ? join(parts, ",")
                : fmt::format("{}-{} with gaps", ranges.front().first, ranges.back().second - 1);
    }
    return tags;
}

}  // namespace pinflow::batch
