// SPDX-License-Identifier: Apache-2.0
#include "remote/kinesis/answers.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "base/hash.h"
#include "codec/json/walk.h"

namespace pinflow::kinesis {
namespace {

using json::JsonReader;
using json::Kind;

Status read_text(JsonReader& reader, std::string& into) {
    TRY(Kind kind, reader.peek());
    if (kind == Kind::null) return reader.read_null();
    TRY(into, reader.read_string());
    return {};
}

Result<double> read_number(JsonReader& reader) {
    std::string text;
    TRY_STATUS(reader.copy_value(text));
    double number = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) {
        return fail(Errc::io, text + " is no number");
    }
    return number;
}

constexpr double kMillisMax = 253'402'300'799'999;  // the end of the year 9999

Status read_millis(JsonReader& reader, double factor, std::int64_t& into) {
    TRY(double number, read_number(reader));
    double millis = number * factor;
    if (std::abs(millis) > kMillisMax) return fail(Errc::io, fmt::format("{}: no time", number));
    into = std::llround(millis);
    return {};
}

Status read_data(JsonReader& reader, std::string& into) {
    TRY(std::string text, reader.read_string());
    TRY(into, base64_decode(text));
    return {};
}

Status read_put_record(JsonReader& reader, PutAnswer::One& one) {
    return read_members(reader, [&](const std::string& name) -> Status {
        if (name == "ShardId") return read_text(reader, one.stored.shard_id);
        if (name == "SequenceNumber") return read_text(reader, one.stored.sequence_number);
        if (name == "ErrorCode") return read_text(reader, one.error_code);
        if (name == "ErrorMessage") return read_text(reader, one.error_message);
        return reader.skip_value();
    });
}

Status read_record(JsonReader& reader, ShardRecord& record) {
    TRY_STATUS(read_members(reader, [&](const std::string& name) -> Status {
        if (name == "PartitionKey") return read_text(reader, record.partition_key);
        if (name == "Data") return read_data(reader, record.data);
        if (name == "SequenceNumber") return read_text(reader, record.sequence_number);
        if (name != "ApproximateArrivalTimestamp") return reader.skip_value();
        return read_millis(reader, 1'000, record.arrival_ms);
    }));
    if (record.sequence_number.empty()) return fail(Errc::io, "a record has no sequence number");
    return {};
}

Status read_range(JsonReader& reader, std::string_view first_name, std::string& first,
                  std::string_view last_name, std::string& last) {
    return read_members(reader, [&](const std::string& name) -> Status {
        if (name == first_name) return read_text(reader, first);
        if (name == last_name) return read_text(reader, last);
        return reader.skip_value();
    });
}

Status read_shard(JsonReader& reader, ShardInfo& shard) {
    std::string parent;
    std::string adjacent;
    TRY_STATUS(read_members(reader, [&](const std::string& name) -> Status {
        if (name == "ShardId") return read_text(reader, shard.id);
        if (name == "ParentShardId") return read_text(reader, parent);
        if (name == "AdjacentParentShardId") return read_text(reader, adjacent);
        if (name == "HashKeyRange") {
            return read_range(reader, "StartingHashKey", shard.hash_key_first, "EndingHashKey",
                              shard.hash_key_last);
        }
        if (name == "SequenceNumberRange") {
            return read_range(reader, "StartingSequenceNumber", shard.sequence_first,
                              "EndingSequenceNumber", shard.sequence_last);
        }
        return reader.skip_value();
    }));
    if (shard.id.empty()) return fail(Errc::io, "a shard has no id");
    for (std::string& id : {std::ref(parent), std::ref(adjacent)}) {
        if (!id.empty()) shard.parents.push_back(std::move(id));
    }
    return {};
}

// Whatever is wrong with the text, it is the answer that is.
template <class Value, class Read>
Result<Value> read_answer(std::string_view text, Read&& read) {
    Value value{};
    JsonReader reader(text);
    Status status =
        read_members(reader, [&](const std::string& name) { return read(reader, name, value); });
    if (status) status = reader.finish();
    if (!status) return fail(Errc::io, status.error().text);
    return value;
}

}  // namespace

Result<PutAnswer> read_put_answer(std::string_view json) {
    return read_answer<PutAnswer>(
        json, [](JsonReader& reader, const std::string& name, PutAnswer& answer) -> Status {
            if (name != "Records") return reader.skip_value();
            return read_elements(
                reader, [&] { return read_put_record(reader, answer.records.emplace_back()); });
        });
}

// An answer without Records must not pass for the end of a shard.
Result<RecordsAnswer> read_records_answer(std::string_view json) {
    bool has_records = false;
    auto read = read_answer<RecordsAnswer>(
        json, [&](JsonReader& reader, const std::string& name, RecordsAnswer& answer) -> Status {
            if (name == "NextShardIterator") return read_text(reader, answer.next_iterator);
            if (name == "MillisBehindLatest") return read_millis(reader, 1, answer.behind_ms);
            if (name != "Records") return reader.skip_value();
            has_records = true;
            return read_elements(
                reader, [&] { return read_record(reader, answer.records.emplace_back()); });
        });
    if (read && !has_records) return fail(Errc::io, "no Records in it");
    return read;
}

Result<std::string> read_iterator_answer(std::string_view json) {
    auto iterator = read_answer<std::string>(
        json, [](JsonReader& reader, const std::string& name, std::string& text) -> Status {
            return name == "ShardIterator" ? read_text(reader, text) : reader.skip_value();
        });
    if (iterator && iterator->empty()) return fail(Errc::io, "no ShardIterator in it");
    return iterator;
}

Result<SummaryAnswer> read_summary_answer(std::string_view json) {
    auto summary = read_answer<SummaryAnswer>(
        json, [](JsonReader& reader, const std::string& name, SummaryAnswer& answer) -> Status {
            if (name != "StreamDescriptionSummary") return reader.skip_value();
            return read_members(reader, [&](const std::string& member) -> Status {
                if (member == "StreamStatus") return read_text(reader, answer.status);
                if (member != "StreamCreationTimestamp") return reader.skip_value();
                return read_millis(reader, 1'000, answer.created_ms);
            });
        });
    if (summary && summary->status.empty()) return fail(Errc::io, "no StreamStatus in it");
    return summary;
}

Result<ShardsAnswer> read_shards_answer(std::string_view json) {
    return read_answer<ShardsAnswer>(
        json, [](JsonReader& reader, const std::string& name, ShardsAnswer& answer) -> Status {
            if (name == "NextToken") return read_text(reader, answer.next_token);
            if (name != "Shards") return reader.skip_value();
            return read_elements(reader,
                                 [&] { return read_shard(reader, answer.shards.emplace_back()); });
        });
}

Result<StreamsAnswer> read_streams_answer(std::string_view json) {
    return read_answer<StreamsAnswer>(
        json, [](JsonReader& reader, const std::string& name, StreamsAnswer& answer) -> Status {
            if (name == "HasMoreStreams") {
                TRY(answer.has_more, reader.read_bool());
                return {};
            }
            if (name != "StreamNames") return reader.skip_value();
            return read_elements(reader,
                                 [&] { return read_text(reader, answer.names.emplace_back()); });
        });
}

}  // namespace pinflow::kinesis
