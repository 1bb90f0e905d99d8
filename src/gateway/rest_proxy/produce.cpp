// SPDX-License-Identifier: Apache-2.0
// POST /topics/{t} and /topics/{t}/partitions/{p}.
#include "codec/rest_proxy/produce.h"

#include <algorithm>
#include <map>

#include "codec/kafka/record_batch.h"
#include "codec/rest_proxy/media_type.h"
#include "gateway/idempotency_key.h"
#include "gateway/rest_proxy/answer.h"
#include "gateway/rest_proxy/operations.h"
#include "gateway/rest_proxy/partition_choice.h"
#include "gateway/rest_proxy/partition_json.h"

namespace pinflow::gateway::rest_proxy {
namespace {

using pinflow::rest_proxy::embedded_format;
using pinflow::rest_proxy::is_acceptable;
using pinflow::rest_proxy::kPartitionNotFound;
using pinflow::rest_proxy::parse_produce;
using pinflow::rest_proxy::produce_answer;
using pinflow::rest_proxy::ProduceOutcome;
using pinflow::rest_proxy::ProduceRecord;

// The records of one partition, in the order of the request, and where in it they stood.
struct Share {
    std::vector<Record> records;
    std::vector<std::size_t> places;
};
using Shares = std::map<std::int32_t, Share>;

// The topic, made if it is not there and may be.
Task<Result<TopicInfo>> find_topic(Ports ports, std::string name) {
    auto topic = co_await ports.log.describe_topic(name);
    if (topic || topic.error().code != Errc::not_found) co_return topic;
    CO_TRY_STATUS(check_topic_name(name));
    if (!ports.settings.auto_create_topics) co_return topic;
    auto created = co_await ports.log.create_topic(name, ports.settings.default_partitions);
    if (created || created.error().code != Errc::already_exists) co_return created;
    co_return co_await ports.log.describe_topic(name);
}

// By the record's own partition, else the path's, else its key; records with none of these stay
// together.
std::expected<Shares, ApiError> share_out(std::vector<ProduceRecord> records, Timestamp now_ms,
                                          std::int32_t partitions,
                                          std::optional<std::int32_t> path_partition,
                                          std::int32_t keyless_partition) {
    Shares shares;
    for (std::size_t place = 0; place < records.size(); ++place) {
        ProduceRecord& record = records[place];
        std::optional<std::int32_t> partition =
            record.partition ? record.partition : path_partition;
        if (partition && *partition >= partitions) {
            return std::unexpected(ApiError{404, kPartitionNotFound, "Partition not found."});
        }
        if (!partition) {
            partition = record.key ? partition_of_key(*record.key, partitions) : keyless_partition;
        }
        Share& share = shares[*partition];
        share.places.push_back(place);
        share.records.push_back({.key = std::move(record.key),
                                 .value = std::move(record.value),
                                 .headers = std::move(record.headers),
                                 .timestamp_ms = record.timestamp_ms.value_or(now_ms)});
    }
    return shares;
}

std::vector<PartitionBatch> batches_of(const std::string& topic, const Shares& shares) {
    std::vector<PartitionBatch> batches;
    for (const auto& [partition, share] : shares) {
        batches.push_back({.partition = {topic, partition},
                           .batch = kafka::build_batch(std::span<const Record>(share.records)),
                           .record_count = static_cast<std::int32_t>(share.records.size())});
    }
    return batches;
}

// Each record's outcome into the place it came from.
void take_outcomes(std::int32_t partition, const Share& share, const Result<Appended>& result,
                   std::vector<ProduceOutcome>& outcomes) {
    for (std::size_t i = 0; i < share.places.size(); ++i) {
        ProduceOutcome& outcome = outcomes[share.places[i]];
        if (result) {
            outcome = {.partition = partition, .offset = result->offset_of(i)};
        } else {
            outcome = {.error_code = record_error_code(result.error().code),
                       .error = result.error().text};
        }
    }
}

// Appends all shares at once.
Task<HttpResponse> append(Ports ports, std::string topic, Shares shares, std::size_t record_count,
                          IdempotencyKey key) {
    auto batches = batches_of(topic, shares);
    auto results = co_await ports.log.append(batches, std::move(key));
    std::vector<ProduceOutcome> outcomes(record_count);
    bool is_repeat = false;
    std::size_t next = 0;
    for (const auto& [partition, share] : shares) {
        const Result<Appended>& result = results[next++];
        // Of the key, and so of the whole request: used otherwise, or not to be had from this log.
        bool is_about_key = !result && (result.error().code == Errc::conflict ||
                                        result.error().code == Errc::unsupported);
        if (is_about_key) co_return log_error_answer(result.error());
        if (result && result->is_repeat) is_repeat = true;
        else if (result) ports.topic_records.add(static_cast<std::int64_t>(share.records.size()));
        take_outcomes(partition, share, result, outcomes);
    }
    HttpResponse response = json_answer(produce_answer(outcomes));
    if (is_repeat) mark_replayed(response);
    co_return response;
}

std::expected<std::vector<ProduceRecord>, ApiError> read_request(const HttpRequest& request) {
    auto embedded = embedded_format(request.header("Content-Type").value_or(""));
    if (!embedded) {
        return std::unexpected(
            ApiError{415, 415,
                     "HTTP 415 Unsupported Media Type: send application/vnd.kafka.json.v2+json or "
                     "application/vnd.kafka.binary.v2+json"});
    }
    if (!is_acceptable(request.header("Accept").value_or(""))) {
        return std::unexpected(ApiError{406, 406, "HTTP 406 Not Acceptable"});
    }
    return parse_produce(request.body, *embedded);
}

// Where the records of this request go that say nothing themselves. By the idempotency key if there
// is one: the request tried again must make the same batches.
std::int32_t keyless_partition(Ports ports, const IdempotencyKey& key, std::int32_t partitions) {
    if (!key.text.empty()) return partition_of_key(key.text, partitions);
    std::uint32_t turn = ports.next_partition.fetch_add(1, std::memory_order_relaxed);
    return static_cast<std::int32_t>(turn % static_cast<std::uint32_t>(partitions));
}

// `partition`: the path's, as text; empty if it has none.
Task<HttpResponse> produce(Ports ports, Call call, std::string partition) {
    auto records = read_request(call.request);
    if (!records) co_return error_answer(records.error());
    auto key = read_idempotency_key(call.request, call.route.segments[1], partition);
    if (!key) co_return error_answer({400, 400, key.error().text});
    auto topic = co_await find_topic(ports, call.route.segments[1]);
    if (!topic) co_return log_error_answer(topic.error());
    std::optional<std::int32_t> path_partition;
    if (!partition.empty()) {
        path_partition = parse_partition(partition, topic->partitions);
        if (!path_partition) co_return partition_not_found();
    }
    std::size_t record_count = records->size();
    auto shares = share_out(*std::move(records), ports.clock.now_ms(), topic->partitions,
                            path_partition, keyless_partition(ports, *key, topic->partitions));
    if (!shares) co_return error_answer(shares.error());
    co_return co_await append(ports, topic->name, *std::move(shares), record_count,
                              *std::move(key));
}

}  // namespace

Task<HttpResponse> produce_to_topic(Ports ports, Call call) {
    return produce(ports, std::move(call), "");
}

Task<HttpResponse> produce_to_partition(Ports ports, Call call) {
    std::string partition = call.route.segments[3];
    return produce(ports, std::move(call), std::move(partition));
}

}  // namespace pinflow::gateway::rest_proxy
