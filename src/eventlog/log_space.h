// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "eventlog/log_store.h"
#include "ports/event_log.h"

namespace pinflow::eventlog {

// The port over one of the store's two name spaces: Kafka topics, or streams, whose partitions are
// shards. Any reactor.
class LogSpace final : public EventLog {
public:
    LogSpace(LogStore& store, Space space) : store_(store), space_(space) {}

    Task<std::vector<Result<Appended>>> append(std::span<PartitionBatch> batches,
                                               IdempotencyKey key) override;
    Task<Result<Fetched>> fetch(TopicPartition partition, Offset from, FetchLimits limits) override;
    Task<Result<OffsetRange>> offsets(TopicPartition partition) override;
    Task<Result<Offset>> offset_at(TopicPartition partition, Timestamp time) override;
    Task<Result<TopicInfo>> create_topic(std::string name, std::int32_t partitions) override;
    Task<Status> remove_topic(std::string name) override;
    Task<Result<TopicInfo>> describe_topic(std::string name) override;
    Task<Result<std::vector<TopicInfo>>> list_topics() override;

private:
    AppendItem make_item(PartitionBatch& batch) const;
    Status check_batch(const PartitionBatch& batch, AppendItem& item) const;
    void mark(CommitRequest& request, const IdempotencyKey& key) const;
    Status check_size(const CommitRequest& request) const;
    static void refuse_all(CommitRequest& request, const Error& error);
    Task<void> commit(CommitRequest& request);  // which the caller keeps alive

    LogStore& store_;
    const Space space_;
};

}  // namespace pinflow::eventlog
