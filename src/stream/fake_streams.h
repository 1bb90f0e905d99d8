// SPDX-License-Identifier: Apache-2.0
// Streams in memory for the job's own tests. A record's shard is given by hand, or is the open one
// that its key belongs to; positions are plain indices.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "base/text.h"
#include "ports/shard_stream.h"

namespace pinflow::stream {

class FakeStreams final : public ShardStream {
public:
    void make(const std::string& name, std::int32_t shards, Timestamp created_ms = 1'000) {
        Stream& stream = streams_[name];
        stream = {};
        stream.info = {name, created_ms, {}};
        for (std::int32_t i = 0; i < shards; ++i) {
            open_shard(stream, {i * kKeys / shards, (i + 1) * kKeys / shards}, {});
        }
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

    // Keys are numbers below this, cut among the open shards.
    static constexpr int kKeys = 60;

    void put(const std::string& name, int key, std::string data) {
        Stream& stream = streams_.at(name);
        for (std::size_t i = 0; i < stream.keys.size(); ++i) {
            bool is_its = key >= stream.keys[i].first && key < stream.keys[i].end;
            if (is_its && !stream.info.shards[i].is_closed()) add(name, i, std::move(data));
        }
    }
    std::vector<std::size_t> open_shards(const std::string& name) {
        std::vector<std::size_t> open;
        auto& shards = streams_.at(name).info.shards;
        for (std::size_t i = 0; i < shards.size(); ++i) {
            if (!shards[i].is_closed()) open.push_back(i);
        }
        return open;
    }
    // False where there is nothing to split, or nothing beside it that ends where it begins.
    bool split(const std::string& name, std::size_t shard) {
        Stream& stream = streams_.at(name);
        Keys keys = stream.keys[shard];
        if (stream.info.shards[shard].is_closed() || keys.end - keys.first < 2) return false;
        int middle = (keys.first + keys.end) / 2;
        std::string parent = close_shard(stream, shard);
        open_shard(stream, {keys.first, middle}, {parent});
        open_shard(stream, {middle, keys.end}, {parent});
        return true;
    }
    bool merge_with_next(const std::string& name, std::size_t shard) {
        Stream& stream = streams_.at(name);
        if (stream.info.shards[shard].is_closed()) return false;
        for (std::size_t next : open_shards(name)) {
            if (stream.keys[next].first != stream.keys[shard].end) continue;
            Keys keys{stream.keys[shard].first, stream.keys[next].end};
            std::string left = close_shard(stream, shard);
            std::string right = close_shard(stream, next);
            open_shard(stream, keys, {left, right});
            return true;
        }
        return false;
    }
    // Retention has taken the shard: it is not listed, and nothing can be read of it.
    void expire(const std::string& name, std::size_t shard) {
        streams_.at(name).expired.insert(fmt::format("shardId-{:012}", shard));
    }
    // It is listed still, and nothing can be read of it.
    void blank(const std::string& name, std::size_t shard) {
        streams_.at(name).blank.insert(fmt::format("shardId-{:012}", shard));
    }

    std::function<void()> on_list = [] {};
    int empty_answers = 0;                 // so many, before there is anything
    bool says_end_with_records = false;    // or only in an answer of its own
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
        if (empty_answers > 0) {
            --empty_answers;
            co_return ShardRead{.records = {}, .next = from, .behind_ms = 5};
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
        read.is_end = stream.info.shards[index].is_closed() && at == records.size() &&
                      (says_end_with_records || read.records.empty());
        co_return read;
    }
    Task<Result<StreamInfo>> describe_stream(std::string name) override {
        auto found = streams_.find(name);
        if (found == streams_.end()) co_return fail(Errc::not_found, "no stream " + name);
        StreamInfo info = found->second.info;
        std::erase_if(info.shards, [&](const ShardInfo& shard) {
            return found->second.expired.contains(shard.id);
        });
        co_return info;
    }
    Task<Result<std::vector<std::string>>> list_streams() override {
        on_list();
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
    struct Keys {
        int first = 0;
        int end = 0;
    };
    struct Stream {
        StreamInfo info;
        std::vector<Keys> keys;  // by shard
        std::set<std::string> expired;
        std::set<std::string> blank;
        std::vector<std::vector<ShardRecord>> records;  // by shard
        std::map<std::size_t, std::size_t> first;       // by shard: what retention left
    };

    static void open_shard(Stream& stream, Keys keys, std::vector<std::string> parents) {
        stream.info.shards.push_back(
            {.id = fmt::format("shardId-{:012}", stream.info.shards.size()),
             .parents = std::move(parents)});
        stream.keys.push_back(keys);
        stream.records.emplace_back();
    }
    static std::string close_shard(Stream& stream, std::size_t shard) {
        stream.info.shards[shard].sequence_last = "49999999";
        return stream.info.shards[shard].id;
    }

    Result<std::size_t> find(const std::string& name, const std::string& shard) {
        auto found = streams_.find(name);
        if (found == streams_.end()) return fail(Errc::not_found, "no stream " + name);
        if (found->second.expired.contains(shard) || found->second.blank.contains(shard)) {
            return fail(Errc::not_found, "no shard " + shard);
        }
        auto& shards = found->second.info.shards;
        for (std::size_t i = 0; i < shards.size(); ++i) {
            if (shards[i].id == shard) return i;
        }
        return fail(Errc::not_found, "no shard " + shard);
    }

    std::map<std::string, Stream> streams_;
};

}  // namespace pinflow::stream
