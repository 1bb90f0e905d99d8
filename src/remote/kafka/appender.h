// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/resumption.h"
#include "codec/kafka/record_batch.h"
#include "ports/event_log.h"
#include "remote/kafka/ends.h"
#include "remote/kafka/handle.h"

namespace pinflow::kafka {

// One idempotent producer for all appends: the brokers store each record once and in order,
// however often librdkafka has to send it. What its delivery reports say wakes who waits, by one
// thread for all of them.
class Appender final {
public:
    // invalid_argument as Handle::open. What it is given outlives it.
    static Result<std::unique_ptr<Appender>> open(const KafkaSettings& settings, Clock& clock,
                                                  Ends& ends);
    ~Appender();  // closes
    Appender(const Appender&) = delete;
    Appender& operator=(const Appender&) = delete;

    // One outcome a batch. `allowed` has for each what is known against it beforehand.
    Task<std::vector<Result<Appended>>> append(std::span<PartitionBatch> batches,
                                               std::vector<Status> allowed);

    void know_topic(const std::string& topic);    // made anew: on a thread that may wait
    void forget_topic(const std::string& topic);  // removed

    // Gives what is under way so long to succeed, and ends it then.
    void close(std::chrono::milliseconds grace);

    // What is known against appending: the producer's id was refused.
    Status check();

private:
    struct Batch;
    struct Request;
    struct Mark {
        Request* request = nullptr;
        std::uint32_t batch = 0;
        std::uint32_t record = 0;
    };
    class Producer;

    Appender(const KafkaSettings& settings, Clock& clock, Ends& ends)
        : settings_(settings), clock_(clock), ends_(ends) {}

    Result<std::shared_ptr<Producer>> producer();
    void accept(Request& request, std::span<PartitionBatch> batches, std::vector<Status> allowed);
    Status accept_batch(Request& request, std::uint32_t index, const PartitionBatch& batch);
    void send(Producer& producer, Request& request, std::uint32_t index,
              std::span<const RecordView> records);
    void note_delivery(const Producer& producer, const rd_kafka_message_t& message);
    void finish(Request& request);
    void serve();

    const KafkaSettings& settings_;
    Clock& clock_;
    Ends& ends_;
    std::atomic<std::size_t> held_bytes_ = 0;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::shared_ptr<Producer> producer_;
    std::vector<std::shared_ptr<Producer>> retired_;  // their last reports are still to come
    bool has_events_ = false;
    bool is_stopping_ = false;
    std::vector<Resumption> finished_;  // the serving thread's own
    std::thread thread_;
};

}  // namespace pinflow::kafka
