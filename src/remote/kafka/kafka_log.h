// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "ports/clock.h"
#include "ports/event_log.h"
#include "remote/kafka/settings.h"

namespace pinflow::kafka {

class Appender;
class Ends;
class Handle;
class Questions;
class Readers;
class Topics;

// The topics of a real Apache Kafka (Amazon MSK, Redpanda …) by librdkafka.
//
// Records are decoded here and appended by one idempotent producer, acknowledged by all in-sync
// replicas; the ids of the batches' own producers are not passed on, so that what such a producer
// sends twice is stored twice. So may be what was under way when a broker died, where the records'
// own times are older than a day (docs/decisions/0011). A batch is not stored as a
// whole: where an append fails with unavailable, the beginning of its batch may be there. A
// timestamp of 0 becomes 1 ms. Records are read without a group, committed ones only; offsets have
// gaps where transactions ended and where compaction took records. TopicInfo has no created_ms; its
// uuid, which is empty before Kafka 2.8, tells a topic that others have removed and made anew: that
// is noticed within a second while topics are listed, or five where they are only used.
class KafkaLog final : public EventLog {
public:
    // Brokers that are not there are no error: everything fails with unavailable until they are.
    // invalid_argument: settings that cannot be meant, or that librdkafka does not take.
    static Result<std::unique_ptr<KafkaLog>> open(KafkaSettings settings, Clock& clock);
    ~KafkaLog() override;  // closes
    KafkaLog(const KafkaLog&) = delete;
    KafkaLog& operator=(const KafkaLog&) = delete;

    // What `pinflow check --connect` may say when all is well.
    struct Checked {
        std::string cluster;                      // its id; empty where the brokers do not say
        std::size_t topics = 0;                   // that the account may see
        std::vector<std::string> missing_topics;  // of those named
    };
    // Connects, signs in, and looks for these topics; within request_timeout_ms or a little more
    // the error says why not. permission: also where the account may not write as an idempotent
    // producer, as far as the brokers have said so by now; of the right to each topic only an
    // append tells. Waits: for a thread of one's own.
    Result<Checked> check(const std::vector<std::string>& topics = {});

    // As the port says. A key is unsupported: Kafka keeps none.
    Task<std::vector<Result<Appended>>> append(std::span<PartitionBatch> batches,
                                               IdempotencyKey key) override;
    Task<Result<Fetched>> fetch(TopicPartition partition, Offset from, FetchLimits limits) override;
    Task<Result<OffsetRange>> offsets(TopicPartition partition) override;
    Task<Result<Offset>> offset_at(TopicPartition partition, Timestamp time) override;
    Task<Result<TopicInfo>> create_topic(std::string name, std::int32_t partitions) override;
    Task<Status> remove_topic(std::string name) override;
    Task<Result<TopicInfo>> describe_topic(std::string name) override;
    Task<Result<std::vector<TopicInfo>>> list_topics() override;

    // Gives appends under way a moment, ends what waits, and refuses what comes: before the
    // reactors whose Tasks use it are stopped. Waits.
    void close();

private:
    KafkaLog(KafkaSettings settings, Clock& clock);

    Status start();
    void forget_topic(const std::string& name);
    void start_anew(const std::string& name);
    void look_again(const std::string& topic, Errc code);
    Task<Result<std::shared_ptr<class Reader>>> reader_at(TopicPartition partition, Offset from);
    Task<Result<Fetched>> answer(TopicPartition partition, std::string batches, Offset next);

    const KafkaSettings settings_;
    Clock& clock_;
    std::unique_ptr<Questions> questions_;
    std::unique_ptr<Handle> asking_;
    std::unique_ptr<Topics> topics_;
    std::unique_ptr<Ends> ends_;
    std::unique_ptr<Readers> readers_;
    std::unique_ptr<Appender> appender_;
    std::atomic<std::int64_t> looked_again_us_ = 0;
    bool is_closed_ = false;
};

}  // namespace pinflow::kafka
