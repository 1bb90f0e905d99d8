// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/bytes.h"
#include "base/check.h"
#include "base/hash.h"
#include "codec/kafka/record_batch.h"

namespace pinflow::kafka {
namespace {

constexpr std::int16_t kControlBatch = 0x20;  // of the attributes

std::size_t varint_bytes(std::int64_t value) {
    auto bits = (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
    std::size_t count = 1;
    while (bits >>= 7) ++count;
    return count;
}

std::size_t bytes_of(std::optional<std::string_view> field) {
    if (!field) return 1;  // a varint of -1
    return varint_bytes(static_cast<std::int64_t>(field->size())) + field->size();
}

void put_field(ByteWriter& writer, std::optional<std::string_view> field) {
    writer.put_varint(field ? static_cast<std::int64_t>(field->size()) : -1);
    if (field) writer.put_bytes(*field);
}

std::size_t body_bytes(const RecordView& record, std::int64_t timestamp_delta, std::int64_t delta) {
    std::size_t total = 1 + varint_bytes(timestamp_delta) + varint_bytes(delta);
    total += bytes_of(record.key) + bytes_of(record.value);
    total += varint_bytes(static_cast<std::int64_t>(record.headers.size()));
    for (const HeaderView& header : record.headers) {
        total += bytes_of(header.name) + bytes_of(header.value);
    }
    return total;
}

void put_record(ByteWriter& writer, const RecordView& record, std::int64_t timestamp_delta,
                std::int64_t delta) {
    writer.put_varint(static_cast<std::int64_t>(body_bytes(record, timestamp_delta, delta)));
    writer.put(std::int8_t{0});  // attributes: none are defined
    writer.put_varint(timestamp_delta);
    writer.put_varint(delta);
    put_field(writer, record.key);
    put_field(writer, record.value);
    writer.put_varint(static_cast<std::int64_t>(record.headers.size()));
    for (const HeaderView& header : record.headers) {
        put_field(writer, header.name);
        put_field(writer, header.value);
    }
}

// Length and CRC are filled in when the records stand behind it.
void put_header(ByteWriter& writer, std::span<const RecordView> records) {
    Timestamp max_timestamp_ms =
        std::ranges::max_element(records, {}, &RecordView::timestamp_ms)->timestamp_ms;
    writer.put(std::int64_t{0});   // base offset
    writer.put(std::int32_t{0});   // length
    writer.put(std::int32_t{0});   // leader epoch
    writer.put(std::int8_t{2});    // magic
    writer.put(std::uint32_t{0});  // CRC
    writer.put(std::int16_t{0});   // attributes: uncompressed, timestamps are the records' own
    writer.put(static_cast<std::int32_t>(records.size() - 1));
    writer.put(records.front().timestamp_ms);
    writer.put(max_timestamp_ms);
    writer.put(std::int64_t{-1});  // producer id, epoch and sequence: not an idempotent producer's
    writer.put(std::int16_t{-1});
    writer.put(std::int32_t{-1});
    writer.put(static_cast<std::int32_t>(records.size()));
}

std::size_t payload_bytes(std::span<const RecordView> records) {
    std::size_t total = 0;
    for (const RecordView& record : records) {
        total += 32 + record.key.value_or("").size() + record.value.value_or("").size();
    }
    return total;
}

void put_crc(std::string& batch) { put_at(batch, 17, crc32c(std::string_view(batch).substr(21))); }

RecordView view_of(const Record& record, std::vector<HeaderView>& headers) {
    for (const Header& header : record.headers) headers.push_back({header.name, header.value});
    return {.key = record.key, .value = record.value, .timestamp_ms = record.timestamp_ms};
}

}  // namespace

std::string build_batch(std::span<const RecordView> records) {
    CHECK(!records.empty());
    std::string batch;
    batch.reserve(kBatchHeaderBytes + payload_bytes(records));
    ByteWriter writer(batch);
    put_header(writer, records);
    for (std::size_t i = 0; i < records.size(); ++i) {
        auto timestamp_delta =
            static_cast<std::int64_t>(static_cast<std::uint64_t>(records[i].timestamp_ms) -
                                      static_cast<std::uint64_t>(records.front().timestamp_ms));
        put_record(writer, records[i], timestamp_delta, static_cast<std::int64_t>(i));
    }
    CHECK(batch.size() <= INT32_MAX, "requests are bounded far below");
    put_at(batch, 8, static_cast<std::int32_t>(batch.size() - kBatchPrefixBytes));
    put_crc(batch);
    return batch;
}

// The key of a control record: version and type, two bytes each (reference: Kafka's
// ControlRecordType, where what is not known becomes UNKNOWN).
std::string build_filler(std::int32_t offset_count, Timestamp timestamp_ms) {
    constexpr std::string_view kKey("\x00\x00\xff\xff", 4);
    std::vector<RecordView> records(static_cast<std::size_t>(offset_count),
                                    {.key = kKey, .timestamp_ms = timestamp_ms});
    std::string batch = build_batch(std::span<const RecordView>(records));
    put_at(batch, 21, kControlBatch);
    put_crc(batch);
    return batch;
}

std::string build_batch(std::span<const Record> records) {
    std::vector<HeaderView> headers;
    std::vector<RecordView> views;
    views.reserve(records.size());
    for (const Record& record : records) views.push_back(view_of(record, headers));
    std::size_t first = 0;  // spans only now, when `headers` no longer moves
    for (std::size_t i = 0; i < records.size(); ++i) {
        views[i].headers = std::span(headers).subspan(first, records[i].headers.size());
        first += records[i].headers.size();
    }
    return build_batch(std::span<const RecordView>(views));
}

}  // namespace pinflow::kafka
