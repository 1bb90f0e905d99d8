// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "base/hash.h"
#include "codec/json/writer.h"
#include "codec/kinesis/shard_iterator.h"
#include "gateway/api_gateway/answer.h"
#include "gateway/api_gateway/operations.h"

namespace pinflow::gateway::api_gateway {
namespace {

constexpr std::size_t kRecordsMax = 10'000;
constexpr std::size_t kDataBytesMax = 6 << 20;  // base64 makes 8 MiB of it; a gateway's limit is 10
constexpr std::size_t kDataBytesMin = 1 << 20;  // when the budget is short: a record always fits

// What a byte of data costs: itself, its base64, and that again in an answer that grows.
constexpr std::size_t kBytesPerByte = 4;

// "Tue Nov 24 21:48:32 UTC 2026", as Kinesis prints times in messages.
std::string message_time(Timestamp ms) {
    std::time_t seconds = ms / 1'000;
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    char text[40];
    std::strftime(text, sizeof text, "%a %b %d %H:%M:%S UTC %Y", &utc);
    return text;
}

// $input.params('Shard-Iterator'): the query's, else the header's.
std::string iterator_text(const Call& call) {
    if (auto text = call.route.parameter("Shard-Iterator")) return *text;
    return std::string(call.request.header("Shard-Iterator").value_or(""));
}

void write_record(json::JsonWriter& writer, const ShardRecord& record) {
    writer.begin_object();
    writer.member("ApproximateArrivalTimestamp", static_cast<double>(record.arrival_ms) / 1'000.0);
    writer.member("Data", base64_encode(record.data));
    writer.member("PartitionKey", record.partition_key);
    writer.member("SequenceNumber", record.sequence_number).end_object();
}

}  // namespace

Task<HttpResponse> get_records(Ports ports, Call call) {
    auto iterator = kinesis::read_iterator(iterator_text(call));
    if (!iterator) {
        co_return kinesis_error(ports.settings, "InvalidArgumentException",
                                "Invalid ShardIterator.");
    }
    Timestamp now = ports.clock.now_ms();
    if (now - iterator->issued_ms > kinesis::kIteratorLifeMs) {
        co_return kinesis_error(
            ports.settings, "ExpiredIteratorException",
            fmt::format(
                "Iterator expired. The iterator was created at time {} while right now it is "
                "{} which is further in the future than the tolerated delay of {} "
                "milliseconds.",
                message_time(iterator->issued_ms), message_time(now), kinesis::kIteratorLifeMs));
    }
    auto lease =
        ports.budget.lease_up_to(kBytesPerByte * kDataBytesMax, kBytesPerByte * kDataBytesMin);
    if (!lease) {
        co_return stream_error(ports.settings,
                               {Errc::unavailable, "too many bytes are in flight: try again"},
                               iterator->stream);
    }
    ShardLimits limits{.records_max = kRecordsMax, .bytes_max = lease->bytes() / kBytesPerByte};
    auto read = co_await ports.streams.read(iterator->stream, iterator->shard_id,
                                            {iterator->position}, limits);
    if (!read) co_return stream_error(ports.settings, read.error(), iterator->stream);
    iterator->position = read->next.token;
    iterator->issued_ms = now;
    json::JsonWriter writer;
    writer.begin_object().member("MillisBehindLatest", read->behind_ms);
    // A closed shard that has been read has none.
    if (!read->is_end) writer.member("NextShardIterator", kinesis::write_iterator(*iterator));
    writer.key("Records").begin_array();
    for (const ShardRecord& record : read->records) write_record(writer, record);
    writer.end_array().end_object();
    HttpResponse response = json_answer(std::move(writer).take());
    lease->shrink_to(std::min<std::uint64_t>(lease->bytes(), response.body.size()));
    response.lease = *std::move(lease);
    co_return response;
}

}  // namespace pinflow::gateway::api_gateway
