// SPDX-License-Identifier: Apache-2.0
#include "sink/object_builder.h"

#include "base/hash.h"
#include "codec/json/reader.h"
#include "codec/json/writer.h"

namespace pinflow::sink {
namespace {

// The value as one line of compact JSON. Values that came through the gateway are so already; those
// of Kafka clients may be spaced or span lines, and are what JsonConverter would make of them.
Status append_line(std::string& lines, std::string_view value) {
    std::size_t before = lines.size();
    json::JsonReader reader(value);
    Status read = reader.copy_value(lines);
    if (read) read = reader.finish();
    if (read) {
        lines += '\n';
    } else {
        lines.resize(before);
    }
    return read;
}

void append_base64(json::JsonWriter& writer, std::string_view name,
                   const std::optional<std::string_view>& bytes) {
    writer.key(name);
    if (bytes) {
        writer.value(std::string_view(base64_encode(*bytes)));
    } else {
        writer.null();
    }
}

}  // namespace

ObjectBuilder::ObjectBuilder(TopicPartition partition, Offset from, NullValues null_values)
    : partition_(std::move(partition)), null_values_(null_values) {
    object_.range = {from, from};
}

Status ObjectBuilder::add(std::string_view batches, Offset end, const IsFull& is_full,
                          const Take& take) {
    kafka::BatchReader reader(batches);
    for (;;) {
        TRY(auto batch, reader.next());
        if (!batch) return {};
        if (batch->header.next_offset() <= next()) continue;
        // A log gives what there is in order: nothing is left before `end`.
        if (batch->header.base_offset >= end) return cover(end);
        // Control batches (transaction markers) are no records of anybody's.
        if (!batch->header.is_control()) {
            TRY(auto records, kafka::RecordReader::open(batch->bytes, batch->header));
            for (;;) {
                TRY(auto record, records.next());
                if (!record) break;
                if (record->offset < next()) continue;
                if (record->offset >= end) return cover(end);
                add_record(*record);
                if (is_full(object_) && !take(close())) return {};
            }
        }
        TRY_STATUS(cover(std::min(end, batch->header.next_offset())));
    }
}

// The offsets up to `end` are in the object begun, whatever records they hold.
Status ObjectBuilder::cover(Offset end) {
    object_.range.end = std::max(next(), end);
    return {};
}

BuiltObject ObjectBuilder::close() {
    BuiltObject done = std::move(object_);
    object_ = {};
    object_.range = {done.range.end, done.range.end};
    return done;
}

void ObjectBuilder::add_record(const kafka::RecordView& record) {
    object_.range.end = record.offset + 1;
    if (!record.value && null_values_ == NullValues::ignore) {
        ++object_.null_count;
        return;
    }
    Status added = append_line(object_.lines, record.value.value_or("null"));
    if (!added) return add_dead_letter(record, added.error().text);
    if (object_.line_count++ == 0) object_.first_line = record.offset;
}

void ObjectBuilder::add_dead_letter(const kafka::RecordView& record, std::string_view reason) {
    json::JsonWriter writer;
    writer.begin_object().member("topic", std::string_view(partition_.topic));
    writer.member("partition", partition_.partition).member("offset", record.offset);
    writer.member("timestamp", record.timestamp_ms).member("reason", reason);
    append_base64(writer, "key_base64", record.key);
    append_base64(writer, "value_base64", record.value);
    writer.key("headers").begin_array();
    for (const kafka::HeaderView& header : record.headers) {
        writer.begin_object().member("name", header.name);
        append_base64(writer, "value_base64", header.value);
        writer.end_object();
    }
    writer.end_array().end_object();
    object_.dead += writer.text();
    object_.dead += '\n';
    if (object_.dead_count++ == 0) object_.first_dead = record.offset;
}

}  // namespace pinflow::sink
