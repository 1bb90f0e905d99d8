// SPDX-License-Identifier: Apache-2.0
// For this folder's tests only: a log over given files, driven from a test's thread.
#pragma once

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/reactor.h"
#include "codec/kafka/record_batch.h"
#include "eventlog/native_log.h"
#include "memory/hand_clock.h"
#include "memory/memory_files.h"

namespace pinflow::eventlog {

inline NativeLogSettings small_settings(std::string directory = "log") {
    return {.directory = std::move(directory),
            .segment_bytes_max = 4'096,
            .journal_file_bytes = 1 << 20,
            .checkpoint_bytes = 4 << 20,
            .free_ratio_floor = 0};
}

inline std::string batch_of(const std::vector<std::string>& values, Timestamp first_ms = 1'000) {
    std::vector<Record> records;
    for (const auto& value : values)
        records.push_back({.value = value, .timestamp_ms = first_ms++});
    return kafka::build_batch(records);
}

// The same from an idempotent producer.
inline std::string batch_of_producer(const std::vector<std::string>& values, std::int64_t id,
                                     std::int32_t first_sequence, std::int16_t epoch = 0) {
    std::string batch = batch_of(values);
    put_at(batch, 43, id);
    put_at(batch, 51, epoch);
    put_at(batch, 53, first_sequence);
    put_at(batch, 17, crc32c(std::string_view(batch).substr(21)));
    return batch;
}

class LogFixture {
public:
    explicit LogFixture(Files& files, NativeLogSettings settings = small_settings())
        : files_(files), settings_(std::move(settings)) {}
    ~LogFixture() { stop(); }

    Status start() {
        reactor_ = std::make_unique<Reactor>("test");
        TRY(log_, NativeLog::open(files_, clock_, settings_));
        return {};
    }
    void stop() {  // a log that died cannot be closed in order; that is as it should be
        if (log_) [[maybe_unused]]
            Status closed = log_->close();
        log_.reset();
        reactor_.reset();
    }
    Status create(const std::string& topic, std::int32_t partitions = 1) {
        auto created = reactor_->run(log_->topics().create_topic(topic, partitions));
        if (!created) return std::unexpected(created.error());
        return {};
    }
    Result<Appended> append(const TopicPartition& partition,
                            const std::vector<std::string>& values) {
        PartitionBatch batch{partition, batch_of(values), static_cast<std::int32_t>(values.size())};
        return reactor_->run(log_->topics().append({&batch, 1})).at(0);
    }
    Result<Appended> append_batch(const TopicPartition& partition, std::string batch,
                                  IdempotencyKey key = {}) {
        PartitionBatch one{partition, std::move(batch), 0};
        return reactor_->run(log_->topics().append({&one, 1}, std::move(key))).at(0);
    }
    Result<Fetched> fetch(const TopicPartition& partition, Offset from,
                          std::size_t bytes_max = 1 << 20) {
        return reactor_->run(log_->topics().fetch(partition, from, {.bytes_max = bytes_max}));
    }
    // Every value of a partition, by offset.
    Result<std::vector<std::string>> values(const TopicPartition& partition) {
        TRY(auto range, reactor_->run(log_->topics().offsets(partition)));
        std::vector<std::string> found(static_cast<std::size_t>(range.first));
        while (static_cast<Offset>(found.size()) < range.end) {
            TRY(auto fetched, fetch(partition, static_cast<Offset>(found.size())));
            TRY(auto records, kafka::decode_records(fetched.batches));
            for (auto& record : records) {
                if (record.offset < static_cast<Offset>(found.size())) continue;
                EXPECT_EQ(record.offset, static_cast<Offset>(found.size()));
                found.push_back(*record.value);
            }
        }
        return found;
    }

    NativeLog& log() { return *log_; }
    Reactor& reactor() { return *reactor_; }
    memory::HandClock& clock() { return clock_; }
    NativeLogSettings& settings() { return settings_; }

private:
    Files& files_;
    NativeLogSettings settings_;
    memory::HandClock clock_;
    std::unique_ptr<Reactor> reactor_;
    std::unique_ptr<NativeLog> log_;
};

inline std::string read_whole(Files& files, const std::string& path) {
    auto file = files.open(path, OpenMode::read).value();
    std::string bytes(file->size().value(), '\0');
    EXPECT_EQ(file->read_at(0, bytes).value(), bytes.size());
    return bytes;
}

inline void write_whole(Files& files, const std::string& path, std::string_view bytes) {
    auto file = files.open(path, OpenMode::read_write).value();
    ASSERT_TRUE(file->truncate(0).has_value());
    ASSERT_TRUE(file->write_at(0, {{bytes}}).has_value());
    ASSERT_TRUE(file->sync().has_value());
}

}  // namespace pinflow::eventlog
