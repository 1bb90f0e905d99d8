// SPDX-License-Identifier: Apache-2.0
#include "eventlog/log_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "base/log.h"

namespace pinflow::eventlog {
namespace {

constexpr Space kSpaces[] = {Space::topics, Space::streams};

std::size_t index_of(Space space) { return static_cast<std::size_t>(space); }

std::string_view noun_of(Space space) { return space == Space::topics ? "topic" : "stream"; }

std::string folder_of(Space space, const std::string& name, std::size_t partition) {
    return fmt::format("{}/{}-{}", name_of(space), name, partition);
}

std::unexpected<Error> no_such(Space space, std::string_view name) {
    return fail(Errc::not_found, fmt::format("there is no {} '{}'", noun_of(space), name));
}

}  // namespace

Result<std::unique_ptr<LogStore>> LogStore::open(Files& files, Clock& clock,
                                                 NativeLogSettings settings) {
    std::unique_ptr<LogStore> store(new LogStore(files, clock, std::move(settings)));
    TRY_STATUS(files.make_directories(store->settings_.directory));
    TRY(store->lock_, files.lock(store->settings_.directory + "/lock"));
    TRY_STATUS(store->recover());
    store->committer_ = std::make_unique<Committer>(files, clock, store->settings_);
    return store;
}

LogStore::~LogStore() {
    if (auto closed = close(); !closed) log_error("eventlog", "close: {}", closed.error().text);
}

Status LogStore::close() {
    if (is_closed_ || !committer_) return {};
    is_closed_ = true;
    Status whole = committer_->close();
    {
        std::shared_lock lock(mutex_);
        for (const auto& topics : topics_) {
            for (const auto& [name, topic] : topics) {
                for (const auto& partition : topic.partitions) partition->retire();
            }
        }
    }
    TRY_STATUS(whole);  // after a failure the next open must look at everything
    TRY_STATUS(sync_all());
    TRY_STATUS(write_clean_stop(files_, settings_.directory, ends()));
    lock_.reset();
    return {};
}

Result<std::shared_ptr<PartitionLog>> LogStore::find(Space space,
                                                     const TopicPartition& partition) const {
    std::shared_lock lock(mutex_);
    const auto& topics = topics_[index_of(space)];
    auto topic = topics.find(partition.topic);
    if (topic == topics.end()) return no_such(space, partition.topic);
    auto index = static_cast<std::size_t>(partition.partition);
    if (partition.partition < 0 || index >= topic->second.partitions.size()) {
        return fail(
            Errc::not_found,
            fmt::format("{} '{}' has partitions 0 to {}, not {}", noun_of(space), partition.topic,
                        topic->second.partitions.size() - 1, partition.partition));
    }
    return topic->second.partitions[index];
}

Result<TopicInfo> LogStore::describe(Space space, const std::string& name) const {
    std::shared_lock lock(mutex_);
    const auto& topics = topics_[index_of(space)];
    auto topic = topics.find(name);
    if (topic == topics.end()) return no_such(space, name);
    return topic->second.info;
}

std::vector<TopicInfo> LogStore::list(Space space) const {
    std::vector<TopicInfo> found;
    {
        std::shared_lock lock(mutex_);
        for (const auto& [name, topic] : topics_[index_of(space)]) found.push_back(topic.info);
    }
    std::ranges::sort(found, {}, &TopicInfo::name);
    return found;
}

Status LogStore::save(Catalog changed) {
    TRY_STATUS(save_catalog(files_, settings_.directory, changed));
    catalog_ = std::move(changed);
    return {};
}

// Folders first, then the catalog's entry: a crash between them leaves empty folders, which harm
// nobody.
Result<TopicInfo> LogStore::create(Space space, const std::string& name, std::int32_t partitions) {
    std::pair key(space, name);
    if (auto known = catalog_.find(key); known != catalog_.end()) {
        if (!known->second.is_removing) {
            return fail(Errc::already_exists,
                        fmt::format("there is a {} '{}' already", noun_of(space), name));
        }
        TRY_STATUS(remove_folders(space, known->second.topic));  // of its predecessor, which failed
    }
    TRY_STATUS(make_folders(space, name, partitions));
    Catalog changed = catalog_;
    TopicInfo info{name, partitions, clock_.now_ms()};
    changed[key] = {info};
    TRY_STATUS(save(std::move(changed)));
    TRY_STATUS(open_topic(space, info, true));
    return info;
}

Status LogStore::make_folders(Space space, const std::string& name, std::int32_t partitions) {
    for (std::int32_t partition = 0; partition < partitions; ++partition) {
        std::string folder = partition_directory(settings_.directory, space, name, partition);
        TRY_STATUS(files_.make_directories(folder));
        TRY(auto entries, files_.list(folder));
        if (entries.empty()) continue;
        return fail(Errc::conflict,
                    fmt::format("{} is not empty: move its files away first", folder));
    }
    return {};
}

// The entry is marked first: from then on the topic is gone, and whatever of its files a crash or
// an error leaves is removed by the next open.
Status LogStore::remove(Space space, const std::string& name) {
    std::pair key(space, name);
    auto known = catalog_.find(key);
    if (known == catalog_.end() || known->second.is_removing) return no_such(space, name);
    TopicInfo info = known->second.topic;
    Catalog changed = catalog_;
    changed[key].is_removing = true;
    TRY_STATUS(save(std::move(changed)));
    Topic removed;
    {
        std::unique_lock lock(mutex_);
        removed = std::move(topics_[index_of(space)].extract(name).mapped());
    }
    for (const auto& partition : removed.partitions) partition->retire();
    if (auto gone = remove_folders(space, info); !gone) {
        log_warn("eventlog", "files of the removed {} '{}' remain: {}", noun_of(space), name,
                 gone.error().text);
    }
    return {};
}

Status LogStore::remove_folders(Space space, const TopicInfo& info) {
    for (std::int32_t partition = 0; partition < info.partitions; ++partition) {
        std::string folder = partition_directory(settings_.directory, space, info.name, partition);
        auto entries = files_.list(folder);
        if (!entries && entries.error().code == Errc::not_found) continue;
        if (!entries) return std::unexpected(entries.error());
        for (const auto& entry : *entries) TRY_STATUS(files_.remove(folder + "/" + entry.name));
        TRY_STATUS(files_.remove(folder));
    }
    TRY_STATUS(files_.sync_directory(fmt::format("{}/{}", settings_.directory, name_of(space))));
    Catalog changed = catalog_;
    changed.erase({space, info.name});
    return save(std::move(changed));
}

PartitionEnds LogStore::ends() const {
    std::shared_lock lock(mutex_);
    PartitionEnds ends;
    for (Space space : kSpaces) {
        for (const auto& [name, topic] : topics_[index_of(space)]) {
            for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
                ends[folder_of(space, name, i)] = topic.partitions[i]->offsets().end;
            }
        }
    }
    return ends;
}

// Under fsync everything is synced already; otherwise the note of a clean stop must not outlive
// what it speaks of.
Status LogStore::sync_all() {
    if (settings_.durability == Durability::fsync) return {};
    std::shared_lock lock(mutex_);
    for (const auto& topics : topics_) {
        for (const auto& [name, topic] : topics) {
            for (const auto& partition : topic.partitions) TRY_STATUS(partition->sync_all());
        }
    }
    return {};
}

}  // namespace pinflow::eventlog
