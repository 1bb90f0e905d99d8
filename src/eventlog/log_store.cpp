// SPDX-License-Identifier: Apache-2.0
#include "eventlog/log_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "eventlog/keeper.h"

namespace pinflow::eventlog {
namespace {

std::size_t index_of(Space space) { return static_cast<std::size_t>(space); }

std::unexpected<Error> no_such(Space space, std::string_view name) {
    return fail(Errc::not_found, fmt::format("there is no {} '{}'", noun_of(space), name));
}

// A group and a batch fit a journal file, and a checkpoint comes before its files run out.
Status fit_together(NativeLogSettings& settings) {
    if (settings.journal_file_bytes < kJournalFileBytesMin ||
        settings.journal_file_bytes % kJournalBlockBytes != 0) {
        return fail(
            Errc::invalid_argument,
            fmt::format("journal files of {} bytes: they have at least {}, in blocks of {}",
                        settings.journal_file_bytes, kJournalFileBytesMin, kJournalBlockBytes));
    }
    std::uint64_t max = Journal::group_bytes_max(settings) - kJournalBlockBytes;
    settings.group_bytes_max = std::min(settings.group_bytes_max, max);
    settings.batch_bytes_max = std::min(settings.batch_bytes_max, max);
    settings.checkpoint_bytes = std::max(settings.checkpoint_bytes, settings.journal_file_bytes);
    return {};
}

}  // namespace

Result<std::unique_ptr<LogStore>> LogStore::open(Files& files, Clock& clock,
                                                 NativeLogSettings settings) {
    TRY_STATUS(fit_together(settings));
    std::unique_ptr<LogStore> store(new LogStore(files, clock, std::move(settings)));
    TRY_STATUS(files.make_directories(store->settings_.directory));
    TRY(store->lock_, files.lock(store->settings_.directory + "/lock"));
    TRY_STATUS(store->recover());
    LogStore& s = *store;
    GroupPorts ports{
        .journal = s.journal_.get(), .keys = s.keys_, .durability = s.settings_.durability};
    s.keeper_ = std::make_unique<Keeper>(s);
    s.committer_ = std::make_unique<Committer>(files, clock, s.settings_, ports,
                                               [&s] { s.keeper_->note_group(); });
    s.keeper_->start();
    return store;
}

LogStore::LogStore(Files& files, Clock& clock, NativeLogSettings settings)
    : files_(files), clock_(clock), settings_(std::move(settings)) {}

LogStore::~LogStore() {
    if (auto closed = close(); !closed) log_error("eventlog", "close: {}", closed.error().text);
}

Status LogStore::close() {
    if (is_closed_ || !committer_) return {};
    is_closed_ = true;
    keeper_->stop();
    Status whole = committer_->close();
    for (const NamedPartition& partition : partitions()) partition.log->retire();
    TRY_STATUS(whole);  // after a failure the next open must look at everything
    for (const NamedPartition& partition : partitions()) partition.log->settle();
    TRY_STATUS(run_checkpoint(true));
    lock_.reset();
    return {};
}

// At open and close, when no other thread has the log.
Status LogStore::run_checkpoint(bool is_clean) {
    if (settings_.durability == Durability::memory) return {};
    std::vector<SyncTarget> to_sync;
    CheckpointState state = capture(to_sync);
    state.is_clean = is_clean;
    TRY_STATUS(sync_targets(files_, to_sync));
    return save(std::move(state));
}

Status LogStore::save(CheckpointState state) {
    std::uint64_t needed_from = state.journal.file;
    TRY_STATUS(save_checkpoint(files_, settings_.directory, state));
    if (journal_) journal_->end_checkpoint(needed_from);
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

std::vector<LogStore::NamedPartition> LogStore::partitions() const {
    std::shared_lock lock(mutex_);
    std::vector<NamedPartition> found;
    for (Space space : kSpaces) {
        for (const auto& [name, topic] : topics_[index_of(space)]) {
            std::int32_t number = 0;
            for (const auto& log : topic.partitions) {
                found.push_back({space, {name, number++}, log});
            }
        }
    }
    return found;
}

CheckpointState LogStore::capture(std::vector<SyncTarget>& to_sync) {
    CheckpointState state{.generation = ++generation_, .next_partition = next_partition_};
    if (journal_) state.journal = journal_->place();
    std::shared_lock lock(mutex_);
    for (Space space : kSpaces) {
        for (const auto& [name, topic] : topics_[index_of(space)]) {
            TopicState& topic_state = state.topics.emplace_back();
            topic_state = {.space = space,
                           .name = name,
                           .uuid = topic.info.uuid,
                           .created_ms = topic.info.created_ms,
                           .first_partition = topic.first_partition};
            for (const auto& partition : topic.partitions) {
                topic_state.partitions.push_back(partition->capture(to_sync, clock_.now_ms()));
            }
        }
    }
    for (const TopicState& topic : removing_) state.topics.push_back(topic);
    if (std::exchange(is_names_dirty_, false)) {
        for (Space space : kSpaces) {
            to_sync.push_back({.path = fmt::format("{}/{}", settings_.directory, name_of(space))});
        }
    }
    keys_.expire(clock_.now_ms());
    state.keys = keys_.list();
    return state;
}

}  // namespace pinflow::eventlog
