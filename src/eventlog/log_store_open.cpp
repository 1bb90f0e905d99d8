// SPDX-License-Identifier: Apache-2.0
// What LogStore does at open. The rules in prose: docs/formats/log_layout.md.
#include <fmt/format.h>

#include <set>

#include "eventlog/log_store.h"

namespace pinflow::eventlog {

Status LogStore::recover() {
    TRY(catalog_, open_catalog(files_, settings_.directory));
    TRY(auto clean_ends, read_clean_stop(files_, settings_.directory));
    Catalog found = catalog_;
    for (const auto& [key, entry] : found) {
        TRY_STATUS(entry.is_removing ? remove_folders(key.first, entry.topic)
                                     : open_topic(key.first, entry.topic, clean_ends.has_value()));
    }
    TRY_STATUS(check_strays(Space::topics));
    TRY_STATUS(check_strays(Space::streams));
    if (clean_ends) TRY_STATUS(check_ends(*clean_ends));
    return remove_clean_stop(files_, settings_.directory);
}

Status LogStore::open_topic(Space space, const TopicInfo& info, bool was_clean) {
    Topic topic{info, {}};
    for (std::int32_t partition = 0; partition < info.partitions; ++partition) {
        std::string folder = partition_directory(settings_.directory, space, info.name, partition);
        std::string label = fmt::format("{} {}-{}", space == Space::topics ? "topic" : "stream",
                                        info.name, partition);
        auto opened = PartitionLog::open(files_, settings_, folder, label, was_clean);
        if (!opened && opened.error().code == Errc::not_found) {
            return fail(Errc::corrupt,
                        fmt::format("{} is in the catalog, but {} is missing: restore it "
                                    "from a copy",
                                    label, folder));
        }
        if (!opened) return std::unexpected(opened.error());
        topic.partitions.push_back(*std::move(opened));
    }
    std::unique_lock lock(mutex_);
    topics_[static_cast<std::size_t>(space)][info.name] = std::move(topic);
    return {};
}

// A file cut at a batch's edge, or gone from the end, shows only here.
Status LogStore::check_ends(const PartitionEnds& noted) const {
    PartitionEnds found = ends();
    for (const auto& [folder, end] : noted) {
        auto here = found.find(folder);
        if (here != found.end() && here->second == end) continue;
        return fail(
            Errc::corrupt,
            fmt::format("{}/{} ends at offset {}, but at {} when the log was "
                        "closed: restore its files from a copy",
                        settings_.directory, folder, here == found.end() ? 0 : here->second, end));
    }
    return {};
}

// Records that the catalog does not know are never taken for nothing, and never deleted.
Status LogStore::check_strays(Space space) const {
    std::string directory = fmt::format("{}/{}", settings_.directory, name_of(space));
    auto entries = files_.list(directory);
    if (!entries && entries.error().code == Errc::not_found) return {};
    if (!entries) return std::unexpected(entries.error());
    std::set<std::string> known;
    for (const auto& [key, entry] : catalog_) {
        for (std::int32_t partition = 0; partition < entry.topic.partitions; ++partition) {
            if (key.first == space) known.insert(fmt::format("{}-{}", key.second, partition));
        }
    }
    for (const DirectoryEntry& entry : *entries) {
        if (known.contains(entry.name) || !entry.is_directory) continue;
        TRY(auto inside, files_.list(directory + "/" + entry.name));
        if (inside.empty()) continue;  // a creation that a crash cut short
        return fail(Errc::corrupt,
                    fmt::format("{}/{} holds files, but the catalog does not know it: "
                                "restore the catalog, or move the folder away",
                                directory, entry.name));
    }
    return {};
}

}  // namespace pinflow::eventlog
