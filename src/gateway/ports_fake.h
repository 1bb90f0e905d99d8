// SPDX-License-Identifier: Apache-2.0
// An event log and a shard stream that the gateway's tests look into, and order to fail or to wait.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "codec/kafka/record_batch.h"
#include "ports/event_log.h"
#include "ports/shard_stream.h"

namespace pinflow::gateway {

// What passes through waits while it is shut. One waiter, one thread.
class Gate {
public:
    void shut() { is_shut_ = true; }
    void open() {
        is_shut_ = false;
        if (timer_) timer_->cancel();
    }
    Task<void> pass() {
        if (!is_shut_) co_return;
        timer_.emplace(co_await boost::asio::this_coro::executor, Clock::time_point::max());
        boost::system::error_code cancelled;
        co_await timer_->async_wait(boost::asio::redirect_error(
            boost::asio::use_awaitable_t<boost::asio::io_context::executor_type>{}, cancelled));
        timer_.reset();  // the waiter's reactor may end before the gate does
    }

private:
    using Clock = std::chrono::steady_clock;
    using Timer = boost::asio::basic_waitable_timer<Clock, boost::asio::wait_traits<Clock>,
                                                    boost::asio::io_context::executor_type>;
    bool is_shut_ = false;
    std::optional<Timer> timer_;
};

class LogFake final : public EventLog {
public:
    std::map<std::string, std::vector<std::vector<Record>>> topics;  // records by partition
    std::optional<Error> append_error;
    Gate gate;
    std::vector<IdempotencyKey> keys_seen;  // of each append

    std::string value(const std::string& topic, std::size_t offset = 0, std::size_t partition = 0) {
        return topics.at(topic).at(partition).at(offset).value.value_or("(null)");
    }

    Task<std::vector<Result<Appended>>> append(std::span<PartitionBatch> batches,
                                               IdempotencyKey key) override {
        keys_seen.push_back(key);
        co_await gate.pass();
        auto known = keyed_.find(key.text);
        if (known != keyed_.end()) co_return known->second.again(batches, key);
        std::vector<Result<Appended>> results;
        for (PartitionBatch& batch : batches) results.push_back(append_one(batch));
        if (!key.text.empty() && results.front()) {
            keyed_[key.text] = {key.fingerprint, {batches.begin(), batches.end()}, results};
        }
        co_return results;
    }
    Task<Result<Fetched>> fetch(TopicPartition, Offset, FetchLimits) override {
        co_return fail(Errc::unsupported, "not in this test");
    }
    Task<Result<OffsetRange>> offsets(TopicPartition at) override {
        co_return OffsetRange{0, static_cast<Offset>(topics.at(at.topic).at(index(at)).size())};
    }
    Task<Result<Offset>> offset_at(TopicPartition, Timestamp) override {
        co_return fail(Errc::unsupported, "not in this test");
    }
    Task<Result<TopicInfo>> create_topic(std::string name, std::int32_t partitions) override {
        if (topics.contains(name)) co_return fail(Errc::already_exists, name);
        topics[name].resize(static_cast<std::size_t>(partitions));
        co_return info(name);
    }
    Task<Status> remove_topic(std::string name) override {
        topics.erase(name);
        co_return Status();
    }
    Task<Result<TopicInfo>> describe_topic(std::string name) override {
        if (!topics.contains(name)) co_return fail(Errc::not_found, "no topic " + name);
        co_return info(name);
    }
    Task<Result<std::vector<TopicInfo>>> list_topics() override {
        std::vector<TopicInfo> all;
        for (const auto& topic : topics) all.push_back(info(topic.first));
        co_return all;
    }

private:
    struct Keyed {
        std::uint64_t fingerprint = 0;
        std::vector<PartitionBatch> batches;
        std::vector<Result<Appended>> results;

        std::vector<Result<Appended>> again(std::span<const PartitionBatch> others,
                                            const IdempotencyKey& key) const {
            auto is_like = [](const PartitionBatch& one, const PartitionBatch& other) {
                return one.partition == other.partition && one.record_count == other.record_count;
            };
            if (key.fingerprint != fingerprint || !std::ranges::equal(batches, others, is_like)) {
                return {others.size(), fail(Errc::conflict, "the key was used otherwise")};
            }
            auto repeated = results;
            for (auto& result : repeated) result->is_repeat = true;
            return repeated;
        }
    };
    std::map<std::string, Keyed> keyed_;

    static std::size_t index(const TopicPartition& at) {
        return static_cast<std::size_t>(at.partition);
    }
    TopicInfo info(const std::string& name) {
        return {.name = name, .partitions = static_cast<std::int32_t>(topics.at(name).size())};
    }
    Result<Appended> append_one(const PartitionBatch& batch) {
        if (append_error) return std::unexpected(*append_error);
        std::vector<Record>& kept = topics.at(batch.partition.topic).at(index(batch.partition));
        Appended appended{.base_offset = static_cast<Offset>(kept.size())};
        TRY(auto records, kafka::decode_records(batch.batch));
        for (Record& record : records) kept.push_back(std::move(record));
        return appended;
    }
};

class StreamsFake final : public ShardStream {
public:
    struct Kept {
        std::int32_t shards = 0;
        std::vector<ShardRecord> records;
        std::vector<std::string> shard_ids;  // of the records
        std::optional<ShardInfo> closed;     // in place of the first shard
    };
    std::map<std::string, Kept> streams;
    std::optional<Error> record_error;  // for every record of a put
    Timestamp now_ms = 1'700'000'000'123;

    std::string data(const std::string& stream, std::size_t place = 0) {
        return streams.at(stream).records.at(place).data;
    }

    Task<Result<std::vector<Result<StoredAt>>>> put(std::string stream,
                                                    std::vector<StreamRecord> records,
                                                    IdempotencyKey key) override {
        if (!streams.contains(stream)) co_return fail(Errc::not_found, "no stream " + stream);
        std::vector<Result<StoredAt>> stored;
        if (auto known = keyed_.find(key.text); known != keyed_.end()) {
            if (known->second.first != key.fingerprint) {
                co_return fail(Errc::conflict, "the key was used otherwise");
            }
            stored = known->second.second;
            for (auto& at : stored) at->is_repeat = true;
            co_return stored;
        }
        for (StreamRecord& record : records) stored.push_back(put_one(streams[stream], record));
        bool is_kept = !key.text.empty() && !record_error;
        if (is_kept) keyed_[key.text] = {key.fingerprint, stored};
        co_return stored;
    }
    Task<Result<ShardPosition>> position(std::string stream, std::string shard_id,
                                         ShardStart) override {
        if (!streams.contains(stream)) co_return fail(Errc::not_found, "no stream " + stream);
        if (!shard_id.starts_with("shardId-")) co_return fail(Errc::not_found, "no shard");
        co_return ShardPosition{"0"};
    }
    Task<Result<ShardRead>> read(std::string stream, std::string shard_id, ShardPosition from,
                                 ShardLimits) override {
        if (!streams.contains(stream)) co_return fail(Errc::not_found, "no stream " + stream);
        const Kept& kept = streams[stream];
        ShardRead read{.next = {std::to_string(kept.records.size())}};
        for (std::size_t i = std::stoul(from.token); i < kept.records.size(); ++i) {
            if (kept.shard_ids[i] == shard_id) read.records.push_back(kept.records[i]);
        }
        read.is_end = kept.closed && kept.closed->id == shard_id;
        co_return read;
    }
    Task<Result<StreamInfo>> create_stream(std::string name, std::int32_t shards) override {
        if (streams.contains(name)) co_return fail(Errc::already_exists, name);
        streams[name].shards = shards;
        co_return info(name);
    }
    Task<Status> remove_stream(std::string name) override {
        if (streams.erase(name) == 0) co_return fail(Errc::not_found, name);
        co_return Status();
    }
    Task<Result<StreamInfo>> describe_stream(std::string name) override {
        if (!streams.contains(name)) co_return fail(Errc::not_found, name);
        co_return info(name);
    }
    Task<Result<std::vector<std::string>>> list_streams() override {
        std::vector<std::string> names;
        for (const auto& stream : streams) names.push_back(stream.first);
        co_return names;
    }

private:
    std::map<std::string, std::pair<std::uint64_t, std::vector<Result<StoredAt>>>> keyed_;

    static std::string shard_id(std::int32_t shard) { return fmt::format("shardId-{:012}", shard); }
    StreamInfo info(const std::string& name) {
        StreamInfo info{.name = name, .created_ms = now_ms};
        for (std::int32_t i = 0; i < streams[name].shards; ++i) {
            info.shards.push_back({.id = shard_id(i),
                                   .hash_key_first = std::to_string(i),
                                   .hash_key_last = std::to_string(i),
                                   .sequence_first = "1"});
        }
        if (streams[name].closed) info.shards.at(0) = *streams[name].closed;
        return info;
    }
    // The first byte of the MD5 is enough to choose among equal ranges of a few shards.
    Result<StoredAt> put_one(Kept& kept, StreamRecord& record) {
        if (record_error) return std::unexpected(*record_error);
        std::int32_t shard = md5(record.partition_key)[0] * kept.shards / 256;
        StoredAt at{shard_id(shard), std::to_string(kept.records.size() + 1), false};
        kept.shard_ids.push_back(at.shard_id);
        kept.records.push_back(
            {std::move(record.partition_key), std::move(record.data), at.sequence_number, now_ms});
        return at;
    }
};

}  // namespace pinflow::gateway
