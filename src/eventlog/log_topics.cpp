// SPDX-License-Identifier: Apache-2.0
// How LogStore's topics and streams come and go. The journal has their lives; folders follow it.
#include <fmt/format.h>

#include <algorithm>

#include "base/crash_point.h"
#include "base/hash.h"
#include "base/log.h"
#include "eventlog/log_store.h"

namespace pinflow::eventlog {
namespace {

std::unexpected<Error> no_such(Space space, std::string_view name) {
    return fail(Errc::not_found, fmt::format("there is no {} '{}'", noun_of(space), name));
}

}  // namespace

// The folders are made before the journal speaks of them, for the disk may be full. A crash between
// leaves empty folders, which harm nobody.
Result<TopicInfo> LogStore::prepare_create(Space space, const std::string& name,
                                           std::int32_t partitions, GroupBuilder& entries) {
    if (describe(space, name)) {
        return fail(Errc::already_exists,
                    fmt::format("there is a {} '{}' already", noun_of(space), name));
    }
    finish_removals();  // a predecessor's files may be there still
    for (const TopicState& topic : removing_) {
        if (topic.space != space || topic.name != name) continue;
        return fail(Errc::unavailable,
                    fmt::format("the files of the last {} '{}' could not be removed yet",
                                noun_of(space), name));
    }
    TRY_STATUS(make_folders(space, name, partitions));
    TopicInfo info{name, partitions, clock_.now_ms(), random_uuid()};
    entries.add(TopicCreatedEntry{.space = space,
                                  .name = name,
                                  .uuid = info.uuid,
                                  .created_ms = info.created_ms,
                                  .first_partition = next_partition_,
                                  .partitions = partitions});
    return info;
}

Status LogStore::apply_create(Space space, const TopicInfo& info) {
    std::vector<PartitionState> states(static_cast<std::size_t>(info.partitions));
    PartitionId first = next_partition_;
    next_partition_ += states.size();
    crash_point("topic.before_open");
    return open_topic(space, info, first, states);
}

Status LogStore::make_folders(Space space, const std::string& name, std::int32_t partitions) {
    is_names_dirty_ = true;
    for (std::int32_t partition = 0; partition < partitions; ++partition) {
        std::string folder = partition_directory(settings_.directory, space, name, partition);
        auto made = files_.make_directory(folder);
        crash_point("topic.folder_made");
        if (made) continue;
        if (made.error().code != Errc::already_exists) return made;
        TRY(auto entries, files_.list(folder));
        if (entries.empty()) continue;
        return fail(Errc::conflict,
                    fmt::format("{} is not empty: move its files away first", folder));
    }
    return {};
}

Status LogStore::open_topic(Space space, const TopicInfo& info, PartitionId first_partition,
                            std::span<const PartitionState> states) {
    Topic topic{info, first_partition, {}};
    for (std::int32_t partition = 0; partition < info.partitions; ++partition) {
        auto index = static_cast<std::size_t>(partition);
        PartitionPlace place{
            .id = first_partition + index,
            .directory = partition_directory(settings_.directory, space, info.name, partition),
            .label = fmt::format("{} {}-{}", noun_of(space), info.name, partition)};
        TRY(auto opened, PartitionLog::restore(files_, settings_, std::move(place), states[index]));
        by_id_[first_partition + index] = opened;
        topic.partitions.push_back(std::move(opened));
    }
    std::unique_lock lock(mutex_);
    topics_[static_cast<std::size_t>(space)][info.name] = std::move(topic);
    return {};
}

Status LogStore::prepare_remove(Space space, const std::string& name, GroupBuilder& entries) const {
    std::shared_lock lock(mutex_);
    const auto& topics = topics_[static_cast<std::size_t>(space)];
    auto topic = topics.find(name);
    if (topic == topics.end()) return no_such(space, name);
    entries.add(TopicRemovedEntry{.first_partition = topic->second.first_partition});
    return {};
}

// From the journal's entry on the topic is gone; its files go now, or when a later checkpoint or
// start finds them.
Status LogStore::apply_remove(Space space, const std::string& name) {
    Topic removed;
    {
        std::unique_lock lock(mutex_);
        removed = std::move(topics_[static_cast<std::size_t>(space)].extract(name).mapped());
    }
    for (const auto& partition : removed.partitions) {
        partition->retire();
        by_id_.erase(partition->id());
    }
    crash_point("topic.before_removal");
    removing_.push_back({.space = space,
                         .name = name,
                         .uuid = removed.info.uuid,
                         .created_ms = removed.info.created_ms,
                         .is_removing = true,
                         .first_partition = removed.first_partition,
                         .partitions = std::vector<PartitionState>(removed.partitions.size())});
    finish_removals();
    return {};
}

void LogStore::finish_removals() {
    std::erase_if(removing_, [&](const TopicState& topic) {
        auto gone = remove_folders(topic.space, topic.name,
                                   static_cast<std::int32_t>(topic.partitions.size()));
        if (gone) return true;
        log_warn("eventlog", "files of the removed {} '{}' remain: {}", noun_of(topic.space),
                 topic.name, gone.error().text);
        return false;
    });
}

Status LogStore::remove_folders(Space space, const std::string& name, std::int32_t partitions) {
    is_names_dirty_ = true;
    for (std::int32_t partition = 0; partition < partitions; ++partition) {
        TRY_STATUS(remove_folder(partition_directory(settings_.directory, space, name, partition)));
        crash_point("topic.folder_removed");
    }
    return {};
}

Status LogStore::remove_folder(const std::string& folder) {
    auto entries = files_.list(folder);
    if (!entries && entries.error().code == Errc::not_found) return {};
    if (!entries) return std::unexpected(entries.error());
    for (const auto& entry : *entries) {
        TRY_STATUS(files_.remove(folder + "/" + entry.name));
        crash_point("topic.file_removed");
    }
    return files_.remove(folder);
}

// The topic was made anew in the same folders, whose old segments went at that.
void LogStore::forget_removal(Space space, const std::string& name) {
    std::erase_if(removing_, [&](const TopicState& topic) {
        return topic.space == space && topic.name == name;
    });
}

}  // namespace pinflow::eventlog
