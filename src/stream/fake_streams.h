// SPDX-License-Identifier: Apache-2.0
// Streams in memory for the job's own tests. A record's shard is given by hand; positions are plain
// indices.
#pragma once

#include <fmt/format.h>

#include <map>

#include "base/text.h"
#include "ports/shard_stream.h"

namespace pinflow::stream {

class FakeStreams final : public ShardStream {
public:
    void make(const std::string& name, std::int32_t shards, Timestamp created_ms = 1'000) {
        Stream& stream = streams_[name];
        stream.info = {name, created_ms, {}};
        for (std::int32_t i = 0; i < shards; ++i) {
            stream.info.shards.push_back({.id = fmt::format("shardId-{:012}", i)});
        }
        stream.records.assign(static_cast<std::size_t>(shards), {});
    }
    void drop(const std::string& name) { streams_.erase(name); }

    void add(const std::string& name, std::size_t shard, std::string data) {
        auto& records = streams_.at(name).records.at(shard);
        std::string sequence = fmt::format("49{:06}", records.size());
        records.push_back({"key", std::move(data), std::move(sequence), 1'700'000'000'000});
    }
    void trim(const std::string& name, std::size_t shard, std::size_t first) {
        streams_.at(name).first[shard] = first;
    }

    std::size_t records_per_read = 1'000;  // so that a batch takes several reads

    Task<Result<ShardPosition>> position(std::string name, std::string shard,
                                         ShardStart start) override {
        CO_TRY(std::size_t index, find(name, shard));
        Stream& stream = streams_.at(name);
        if (start.kind == ShardStart::Kind::trim_horizon) {
            co_return ShardPosition{std::to_string(stream.first[index])};
        }
        auto& records = stream.records[index];
        for (std::size_t at = 0; at < records.size(); ++at) {
            if (records[at].sequence_number == start.sequence_number) {
                co_return ShardPosition{std::to_string(at + 1)};
            }
        }
        co_return fail(Errc::invalid_argument, "no such sequence number");
    }
    Task<Result<ShardRead>> read(std::string name, std::string shard, ShardPosition from,
                                 ShardLimits limits) override {
        CO_TRY(std::size_t index, find(name, shard));
        Stream& stream = streams_.at(name);
        auto at = static_cast<std::size_t>(parse_int(from.token).value_or(-1));
        auto& records = stream.records[index];
        if (at < stream.first[index] || at > records.size()) {
            co_return fail(Errc::invalid_argument, "position out of range");
        }
        ShardRead read;
        std::size_t bytes = 0;
        while (at < records.size() &&
               read.records.size() < std::min(limits.records_max, records_per_read)) {
            bytes += records[at].data.size();
            if (bytes > limits.bytes_max && !read.records.empty()) break;
            read.records.push_back(records[at++]);
        }
        read.next.token = std::to_string(at);
        co_return read;
    }
    Task<Result<StreamInfo>> describe_stream(std::string name) override {
        auto found = streams_.find(name);
        if (found == streams_.end()) co_return fail(Errc::not_found, "no stream " + name);
        co_return found->second.info;
    }
    Task<Result<std::vector<std::string>>> list_streams() override {
        std::vector<std::string> names;
        for (auto& [name, stream] : streams_) names.push_back(name);
        co_return names;
    }

    // Not the job's business.
    Task<Result<std::vector<Result<StoredAt>>>> put(std::string, std::vector<StreamRecord>,
                                                    IdempotencyKey) override {
        co_return fail(Errc::unsupported, "use add()");
    }
    Task<Result<StreamInfo>> create_stream(std::string, std::int32_t) override {
        co_return fail(Errc::unsupported, "use make()");
    }
    Task<Status> remove_stream(std::string) override {
        co_return fail(Errc::unsupported, "drop()");
    }

private:
    struct Stream {
        StreamInfo info;
        std::vector<std::vector<ShardRecord>> records;  // by shard
        std::map<std::size_t, std::size_t> first;       // by shard: what retention left
    };

    Result<std::size_t> find(const std::string& name, const std::string& shard) {
        auto found = streams_.find(name);
        if (found == streams_.end()) return fail(Errc::not_found, "no stream " + name);
        auto& shards = found->second.info.shards;
        for (std::size_t i = 0; i < shards.size(); ++i) {
            if (shards[i].id == shard) return i;
        }
        return fail(Errc::not_found, "no shard " + shard);
    }

    std::map<std::string, Stream> streams_;
};

}  // namespace pinflow::stream
