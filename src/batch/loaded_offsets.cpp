// SPDX-License-Identifier: Apache-2.0
#include "batch/loaded_offsets.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>
#include <vector>

#include "base/text.h"

namespace pinflow::batch {
namespace {

constexpr std::string_view kPrefix = "pinflow.loaded.";

std::string name_of(const std::string& topic, std::int32_t partition) {
    return fmt::format("{}-{}", topic, partition);
}

// "200-299" -> 200, 300
std::optional<std::pair<Offset, Offset>> parse_range(std::string_view text) {
    std::size_t dash = text.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    auto first = parse_int(text.substr(0, dash));
    auto last = parse_int(text.substr(dash + 1));
    if (!first || !last || *first < 0 || *last < *first) return std::nullopt;
    return std::pair{*first, *last + 1};
}

}  // namespace

Result<LoadedOffsets> LoadedOffsets::read(const std::map<std::string, std::string>& properties) {
    LoadedOffsets loaded;
    for (const auto& [name, value] : properties) {
        if (!name.starts_with(kPrefix)) continue;
        Ranges& ranges = loaded.partitions_[name.substr(kPrefix.size())];
        for (std::string_view part : split(value, ',')) {
            auto range = parse_range(part);
            if (!range)
                return fail(Errc::corrupt,
                            fmt::format("property {}: '{}' is no range", name, part));
            add_to(ranges, range->first, range->second);
        }
    }
    return loaded;
}

bool LoadedOffsets::contains(const std::string& topic, std::int32_t partition,
                             Offset offset) const {
    auto found = partitions_.find(name_of(topic, partition));
    if (found == partitions_.end()) return false;
    auto after = found->second.upper_bound(offset);
    return after != found->second.begin() && std::prev(after)->second > offset;
}

void LoadedOffsets::add(const std::string& topic, std::int32_t partition, Offset first,
                        Offset end) {
    if (first < end) add_to(partitions_[name_of(topic, partition)], first, end);
}

// Ranges that it meets become one with it.
void LoadedOffsets::add_to(Ranges& ranges, Offset first, Offset end) {
    auto at = ranges.upper_bound(first);
    if (at != ranges.begin() && std::prev(at)->second >= first) --at;
    while (at != ranges.end() && at->first <= end) {
        first = std::min(first, at->first);
        end = std::max(end, at->second);
        at = ranges.erase(at);
    }
    ranges.emplace(first, end);
}

Result<std::map<std::string, std::string>> LoadedOffsets::properties() const {
    std::map<std::string, std::string> properties;
    std::size_t count = 0;
    for (const auto& [name, ranges] : partitions_) {
        std::vector<std::string> parts;
        for (const auto& [first, end] : ranges)
            parts.push_back(fmt::format("{}-{}", first, end - 1));
        count += parts.size();
        if (!parts.empty()) properties[std::string(kPrefix) + name] = join(parts, ",");
    }
    if (count <= kLoadedRangesMax) return properties;
    return fail(Errc::too_large,
                fmt::format("the objects' offsets have {} holes, and `load: new` keeps account of "
                            "{} at most: declare `load: all`",
                            count, kLoadedRangesMax));
}

}  // namespace pinflow::batch
