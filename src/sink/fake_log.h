// SPDX-License-Identifier: Apache-2.0
// A log in memory for the sink's own tests: topics, batches, a retention by hand, gaps, and
// failures.
#pragma once

#include <map>

#include "codec/kafka/record_batch.h"
#include "ports/event_log.h"

namespace pinflow::sink {

class FakeLog final : public EventLog {
public:
    void add(const std::string& topic, std::int32_t partition,
             const std::vector<std::optional<std::string>>& values) {
        std::vector<Record> records;
        for (const auto& value : values) records.push_back({.key = {}, .value = value});
        Part& part = parts_.at({topic, partition});
        std::string batch = kafka::build_batch(std::span<const Record>(records));
        kafka::set_base_offset(batch, part.offsets.end);
        part.batches[part.offsets.end] = std::move(batch);
        part.offsets.end += static_cast<Offset>(values.size());
    }
    // So many offsets without a record, as transactions and compaction leave them in a real Kafka.
    void skip(const std::string& topic, std::int32_t partition, Offset count) {
        parts_.at({topic, partition}).offsets.end += count;
    }
    // One such offset with a control batch at it, as Kafka's own logs have them.
    void mark(const std::string& topic, std::int32_t partition) {
        Part& part = parts_.at({topic, partition});
        std::string marker = kafka::build_filler(1, 0);
        kafka::set_base_offset(marker, part.offsets.end);
        part.batches[part.offsets.end++] = std::move(marker);
    }
    void make(const std::string& topic, std::int32_t partitions, Timestamp created_ms = 1'000,
              const std::string& uuid = "") {
        topics_[topic] = {topic, partitions, created_ms, uuid};
        for (std::int32_t p = 0; p < partitions; ++p) parts_[{topic, p}] = {};
    }
    void drop(const std::string& topic) {
        topics_.erase(topic);
        std::erase_if(parts_, [&](const auto& part) { return part.first.topic == topic; });
    }
    void set_first(const std::string& topic, std::int32_t partition, Offset first) {
        parts_.at({topic, partition}).offsets.first = first;
    }

    int fetches_to_fail = 0;

    Task<Result<Fetched>> fetch(TopicPartition id, Offset from, FetchLimits limits) override {
        if (fetches_to_fail > 0 && fetches_to_fail-- > 0) co_return fail(Errc::io, "ordered");
        auto found = parts_.find(id);
        if (found == parts_.end()) co_return fail(Errc::not_found, "no partition");
        const Part& part = found->second;
        if (from < part.offsets.first || from > part.offsets.end) {
            co_return fail(Errc::invalid_argument, "offset out of range");
        }
        Fetched fetched{"", part.offsets};
        auto at = part.batches.upper_bound(from);
        if (at != part.batches.begin() && kafka::end_of(std::prev(at)->second).value() > from) --at;
        for (; from < part.offsets.end && at != part.batches.end(); ++at) {
            if (!fetched.batches.empty() &&
                fetched.batches.size() + at->second.size() > limits.bytes_max) {
                break;
            }
            fetched.batches += at->second;
        }
        if (at == part.batches.end()) pass_over_gap(from, part.offsets.end, fetched.batches);
        co_return fetched;
    }
    Task<Result<OffsetRange>> offsets(TopicPartition id) override {
        auto found = parts_.find(id);
        if (found == parts_.end()) co_return fail(Errc::not_found, "no partition");
        co_return found->second.offsets;
    }
    Task<Result<std::vector<TopicInfo>>> list_topics() override {
        std::vector<TopicInfo> topics;
        for (auto& [name, info] : topics_) topics.push_back(info);
        co_return topics;
    }

    // Not the sink's business.
    Task<std::vector<Result<Appended>>> append(std::span<PartitionBatch>, IdempotencyKey) override {
        co_return std::vector<Result<Appended>>{};
    }
    Task<Result<Offset>> offset_at(TopicPartition, Timestamp) override { co_return 0; }
    Task<Result<TopicInfo>> create_topic(std::string, std::int32_t) override {
        co_return TopicInfo{};
    }
    Task<Status> remove_topic(std::string) override { co_return Status{}; }
    Task<Result<TopicInfo>> describe_topic(std::string name) override {
        auto found = topics_.find(name);
        if (found == topics_.end()) co_return fail(Errc::not_found, "no topic");
        co_return found->second;
    }

private:
    // As remote/kafka does: what no record comes behind is told by a control batch.
    static void pass_over_gap(Offset from, Offset end, std::string& batches) {
        Offset told = batches.empty() ? from : kafka::end_of(batches).value();
        if (told >= end) return;
        std::string gap = kafka::build_filler(1, 0);
        kafka::set_base_offset(gap, end - 1);
        batches += gap;
    }

    struct Part {
        std::map<Offset, std::string> batches;  // by base offset
        OffsetRange offsets;
    };
    std::map<std::string, TopicInfo> topics_;
    std::map<TopicPartition, Part> parts_;
};

}  // namespace pinflow::sink
