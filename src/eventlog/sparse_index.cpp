// SPDX-License-Identifier: Apache-2.0
#include "eventlog/sparse_index.h"

#include <algorithm>

#include "eventlog/settings.h"

namespace pinflow::eventlog {

void SparseIndex::add(const kafka::BatchHeader& header, std::uint64_t position) {
    if (stretches_.empty() || position - stretches_.back().position >= kIndexIntervalBytes) {
        stretches_.push_back({header.base_offset, position, header.max_timestamp_ms});
    }
    Stretch& last = stretches_.back();
    last.max_timestamp_ms = std::max(last.max_timestamp_ms, header.max_timestamp_ms);
}

std::optional<SparseIndex::Stretch> SparseIndex::stretch_before(Offset offset) const {
    auto after = std::ranges::upper_bound(stretches_, offset, {}, &Stretch::base_offset);
    if (after == stretches_.begin()) return std::nullopt;
    return *std::prev(after);
}

std::optional<SparseIndex::Stretch> SparseIndex::stretch_of_time(Timestamp time_ms) const {
    // Event times are in no order, so this is a walk; a full segment has 4,096 stretches.
    auto found = std::ranges::find_if(
        stretches_, [&](const Stretch& stretch) { return stretch.max_timestamp_ms >= time_ms; });
    if (found == stretches_.end()) return std::nullopt;
    return *found;
}

}  // namespace pinflow::eventlog
