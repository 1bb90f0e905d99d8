// SPDX-License-Identifier: Apache-2.0
#include "remote/kafka/ends.h"

#include <fmt/format.h>

namespace pinflow::kafka {
namespace {

constexpr std::int64_t kFreshUs = 100'000;
constexpr std::int64_t kWantedUs = 5'000'000;  // asked along while somebody wanted it so lately
constexpr std::size_t kAskedAtOnceMax = 5'000;

std::string name_of(const TopicPartition& partition) {
    return fmt::format("{}/{}", partition.topic, partition.partition);
}

}  // namespace

bool Ends::is_fresh(const Known& known, std::int64_t now_us) const {
    return now_us - known.asked_us < kFreshUs && known.range.end >= known.appended_end;
}

Task<Result<OffsetRange>> Ends::of(TopicPartition partition) {
    {
        std::int64_t now_us = clock_.steady_us();
        std::scoped_lock lock(mutex_);
        Known& known = known_[partition];
        known.wanted_us = now_us;
        if (is_fresh(known, now_us)) co_return known.range;
    }
    co_return co_await questions_.ask<OffsetRange>([this, partition]() -> Result<OffsetRange> {
        {
            std::scoped_lock lock(mutex_);
            Known& known = known_[partition];
            if (is_fresh(known, clock_.steady_us())) return known.range;
        }
        return ask(partition);
    });
}

Result<OffsetRange> Ends::ask(const TopicPartition& partition) {
    Status asked = ask_for(all_wanted(partition));
    // One of the others may be gone, for which librdkafka refuses them all.
    if (!asked && asked.error().code != Errc::unavailable) asked = ask_for({partition});
    if (!asked) return std::unexpected(explained(partition, asked.error()));
    std::scoped_lock lock(mutex_);
    return known_[partition].range;
}

// librdkafka calls a partition unknown too whose leader it has lost.
Error Ends::explained(const TopicPartition& partition, Error error) {
    if (error.code != Errc::not_found) return error;
    auto topic = topics_.ask_one(partition.topic);
    if (!topic) return topic.error();
    if (partition.partition >= topic->partitions) return error;
    return {Errc::unavailable,
            fmt::format("{} has no leader for now; it is tried again", name_of(partition))};
}

std::vector<TopicPartition> Ends::all_wanted(const TopicPartition& first) {
    std::int64_t now_us = clock_.steady_us();
    std::vector<TopicPartition> wanted{first};
    std::scoped_lock lock(mutex_);
    std::erase_if(known_, [&](const auto& entry) {
        return now_us - entry.second.wanted_us >= kWantedUs && entry.first != first;
    });
    for (const auto& [partition, known] : known_) {
        if (wanted.size() >= kAskedAtOnceMax) break;
        if (partition != first) wanted.push_back(partition);
    }
    return wanted;
}

Status Ends::ask_for(const std::vector<TopicPartition>& partitions) {
    std::int64_t now_us = clock_.steady_us();
    // The end first: a log start that moves meanwhile may not come to lie behind it.
    TRY(PartitionListPtr ends, list_offsets(partitions, RD_KAFKA_OFFSET_END));
    TRY(PartitionListPtr firsts, list_offsets(partitions, RD_KAFKA_OFFSET_BEGINNING));
    std::scoped_lock lock(mutex_);
    for (int i = 0; i < ends->cnt; ++i) {
        Known& known = known_[{ends->elems[i].topic, ends->elems[i].partition}];
        known.range = {firsts->elems[i].offset,
                       std::max(firsts->elems[i].offset, ends->elems[i].offset)};
        known.asked_us = now_us;
    }
    return {};
}

Result<PartitionListPtr> Ends::list_offsets(const std::vector<TopicPartition>& partitions,
                                            std::int64_t time) {
    PartitionListPtr list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
    for (const TopicPartition& one : partitions) {
        rd_kafka_topic_partition_list_add(list.get(), one.topic.c_str(), one.partition)->offset =
            time;
    }
    TRY_STATUS(asking_.ask([&](int timeout_ms) {
        return rd_kafka_offsets_for_times(asking_.get(), list.get(), timeout_ms);
    }));
    for (int i = 0; i < list->cnt; ++i) {
        const rd_kafka_topic_partition_t& one = list->elems[i];
        if (one.err == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
        return std::unexpected(asking_.failure(
            one.err,
            fmt::format("{}: {}", name_of({one.topic, one.partition}), rd_kafka_err2str(one.err))));
    }
    return list;
}

Task<Result<std::optional<Offset>>> Ends::at(TopicPartition partition, Timestamp time) {
    using Found = std::optional<Offset>;
    // Kafka has names for times below 0: -1 is the end, -2 the beginning.
    Timestamp asked = std::max<Timestamp>(0, time);
    co_return co_await questions_.ask<Found>([this, partition, asked]() -> Result<Found> {
        auto list = list_offsets({partition}, asked);
        if (!list) return std::unexpected(explained(partition, list.error()));
        Offset offset = (*list)->elems[0].offset;
        return offset >= 0 ? Found{offset} : std::nullopt;
    });
}

void Ends::note_appended(const TopicPartition& partition, Offset end) {
    std::scoped_lock lock(mutex_);
    auto known = known_.find(partition);
    // Who is not known has not been asked for: there is nothing old that could be told.
    if (known == known_.end()) return;
    known->second.appended_end = std::max(known->second.appended_end, end);
}

void Ends::forget_topic(const std::string& topic) {
    std::scoped_lock lock(mutex_);
    std::erase_if(known_, [&](const auto& entry) { return entry.first.topic == topic; });
}

}  // namespace pinflow::kafka
