// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/hash.h"
#include "codec/kafka/record_batch.h"

namespace pinflow::kafka {
namespace {

constexpr std::int8_t kMagic = 2;
constexpr std::size_t kCrcAt = 17;
constexpr std::size_t kCrcCoversFrom = 21;

BatchHeader decode_fields(std::string_view bytes) {
    return {.base_offset = get_at<std::int64_t>(bytes, 0),
            .length = get_at<std::int32_t>(bytes, 8),
            .leader_epoch = get_at<std::int32_t>(bytes, 12),
            .crc = get_at<std::uint32_t>(bytes, kCrcAt),
            .attributes = get_at<std::int16_t>(bytes, 21),
            .last_offset_delta = get_at<std::int32_t>(bytes, 23),
            .base_timestamp_ms = get_at<std::int64_t>(bytes, 27),
            .max_timestamp_ms = get_at<std::int64_t>(bytes, 35),
            .producer_id = get_at<std::int64_t>(bytes, 43),
            .producer_epoch = get_at<std::int16_t>(bytes, 51),
            .base_sequence = get_at<std::int32_t>(bytes, 53),
            .record_count = get_at<std::int32_t>(bytes, 57)};
}

// Kafka too takes from producers only batches whose last delta is their count less one.
Status check_counts(const BatchHeader& header) {
    if (header.record_count < 1) {
        return fail(Errc::corrupt, fmt::format("record batch of {} records", header.record_count));
    }
    if (header.last_offset_delta != header.record_count - 1) {
        return fail(Errc::corrupt,
                    fmt::format("record batch of {} records spans {} offsets", header.record_count,
                                std::int64_t{header.last_offset_delta} + 1));
    }
    if (header.base_offset < 0 || header.base_offset > INT64_MAX - header.record_count) {
        return fail(Errc::corrupt, fmt::format("record batch at offset {}", header.base_offset));
    }
    std::size_t room = header.bytes() - kBatchHeaderBytes;
    bool is_plain = header.compression() == Compression::none;
    if (is_plain && static_cast<std::size_t>(header.record_count) > room / kRecordBytesMin) {
        return fail(Errc::corrupt, fmt::format("record batch claims {} records in {} bytes",
                                               header.record_count, room));
    }
    return {};
}

}  // namespace

Result<BatchHeader> peek_batch_header(std::string_view bytes) {
    if (bytes.size() < kBatchHeaderBytes) {
        return fail(Errc::corrupt,
                    fmt::format("record batch header cut at {} bytes", bytes.size()));
    }
    auto magic = get_at<std::int8_t>(bytes, 16);
    if (magic != kMagic) {
        return fail(Errc::corrupt, fmt::format("record batch of magic {}, not 2", magic));
    }
    BatchHeader header = decode_fields(bytes);
    if (header.length < static_cast<std::int32_t>(kBatchHeaderBytes - kBatchPrefixBytes)) {
        return fail(Errc::corrupt, fmt::format("record batch of length {}", header.length));
    }
    if (header.compression() > Compression::zstd) {
        return fail(Errc::corrupt,
                    fmt::format("record batch of unknown compression {}", header.attributes & 7));
    }
    TRY_STATUS(check_counts(header));
    return header;
}

Result<BatchHeader> read_batch_header(std::string_view bytes) {
    TRY(BatchHeader header, peek_batch_header(bytes));
    if (header.bytes() > bytes.size()) {
        return fail(Errc::corrupt, fmt::format("record batch of {} bytes cut at {}", header.bytes(),
                                               bytes.size()));
    }
    std::string_view covered = bytes.substr(kCrcCoversFrom, header.bytes() - kCrcCoversFrom);
    if (std::uint32_t crc = crc32c(covered); crc != header.crc) {
        return fail(Errc::corrupt,
                    fmt::format("record batch has CRC {:08x}, its bytes {:08x}", header.crc, crc));
    }
    return header;
}

Result<Offset> end_of(std::string_view batches) {
    for (;;) {
        TRY(BatchHeader header, peek_batch_header(batches));
        if (header.bytes() >= batches.size()) return header.next_offset();
        batches.remove_prefix(header.bytes());
    }
}

void set_base_offset(std::string& batch, Offset base_offset, std::int32_t leader_epoch) {
    CHECK(batch.size() >= kBatchHeaderBytes);
    put_at(batch, 0, base_offset);
    put_at(batch, 12, leader_epoch);
}

Result<std::optional<BatchReader::Batch>> BatchReader::next() {
    if (rest_.empty()) return std::nullopt;
    TRY(BatchHeader header, read_batch_header(rest_));
    Batch batch{header, rest_.substr(0, header.bytes())};
    rest_.remove_prefix(header.bytes());
    return batch;
}

}  // namespace pinflow::kafka
