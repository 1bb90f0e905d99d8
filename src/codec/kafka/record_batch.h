// SPDX-License-Identifier: Apache-2.0
// Kafka's record batch v2, the form in which records reach the log, lie in it and leave it.
// The format in prose: docs/formats/record_batch.md.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "record/record.h"

namespace pinflow::kafka {

constexpr std::size_t kBatchHeaderBytes = 61;
constexpr std::size_t kBatchPrefixBytes = 12;  // base offset and length: what the length leaves out
constexpr std::size_t kRecordBytesMin = 7;     // a record without key, value and headers

enum class Compression : std::int16_t { none = 0, gzip = 1, snappy = 2, lz4 = 3, zstd = 4 };

struct BatchHeader {
    Offset base_offset = 0;
    std::int32_t length = 0;  // bytes after the length field
    std::int32_t leader_epoch = 0;
    std::uint32_t crc = 0;  // CRC-32C of everything after it
    std::int16_t attributes = 0;
    std::int32_t last_offset_delta = 0;
    Timestamp base_timestamp_ms = 0;
    Timestamp max_timestamp_ms = 0;
    std::int64_t producer_id = -1;
    std::int16_t producer_epoch = -1;
    std::int32_t base_sequence = -1;
    std::int32_t record_count = 0;

    std::size_t bytes() const { return kBatchPrefixBytes + static_cast<std::size_t>(length); }
    Offset next_offset() const { return base_offset + last_offset_delta + 1; }
    Compression compression() const { return static_cast<Compression>(attributes & 7); }
    bool is_transactional() const { return (attributes & 0x10) != 0; }
    bool is_control() const { return (attributes & 0x20) != 0; }
};

// The batch that `bytes` begin with; others may follow. Every length is checked against what is
// there, then magic, CRC, and that the counts can be true. corrupt, with what is wrong, otherwise.
// The CRC leaves out base offset and leader epoch: whoever stores them checks them.
Result<BatchHeader> read_batch_header(std::string_view bytes);

// The same without the CRC and without the need for the bytes behind the header: for finding one's
// way through stored batches.
Result<BatchHeader> peek_batch_header(std::string_view bytes);

// The offset behind the last of `batches`, one or more of them whole; by their headers alone.
Result<Offset> end_of(std::string_view batches);

// Gives a batch its place. Its CRC stays good. `batch` holds a whole header.
void set_base_offset(std::string& batch, Offset base_offset, std::int32_t leader_epoch = 0);

struct HeaderView {
    std::string_view name;
    std::optional<std::string_view> value;
};

// A record as it lies in a batch: views into the batch's bytes, good as long as they are.
struct RecordView {
    std::optional<std::string_view> key;
    std::optional<std::string_view> value;
    std::span<const HeaderView> headers;  // when read: good until the next record is read
    Timestamp timestamp_ms = 0;
    Offset offset = 0;
};

// One uncompressed batch with base offset 0. `records` are 1 or more; their offsets are ignored.
std::string build_batch(std::span<const RecordView> records);
std::string build_batch(std::span<const Record> records);

// Takes the place of so many lost offsets (1 or more): a control batch, which readers pass over as
// they do transaction markers; its records are of a type that no client knows (-1).
std::string build_filler(std::int32_t offset_count, Timestamp timestamp_ms);

// Walks the batches in a row of them, each checked by read_batch_header.
class BatchReader {
public:
    explicit BatchReader(std::string_view batches) : rest_(batches) {}

    struct Batch {
        BatchHeader header;
        std::string_view bytes;
    };
    // Nothing after the last. After an error there is no going on.
    Result<std::optional<Batch>> next();

private:
    std::string_view rest_;
};

// Walks the records of one batch whose header has been read from the same bytes.
class RecordReader {
public:
    // unsupported for compressed batches.
    static Result<RecordReader> open(std::string_view batch, const BatchHeader& header);

    // Nothing after the last.
    Result<std::optional<RecordView>> next();

private:
    RecordReader(std::string_view records, const BatchHeader& header)
        : rest_(records), header_(header) {}

    Result<RecordView> read_body(std::string_view body);
    Status read_headers(class RecordBody& body);

    std::string_view rest_;
    BatchHeader header_;
    std::int32_t taken_ = 0;
    std::int64_t last_delta_ = -1;
    std::vector<HeaderView> headers_;
};

// Calls visit(const RecordView&) -> Status for every record of every batch in `batches`, in order,
// and stops at the first error. Control batches are passed over: their records are nobody's.
template <class Visit>
Status visit_records(std::string_view batches, Visit&& visit) {
    BatchReader reader(batches);
    for (;;) {
        TRY(auto batch, reader.next());
        if (!batch) return {};
        if (batch->header.is_control()) continue;
        TRY(auto records, RecordReader::open(batch->bytes, batch->header));
        for (;;) {
            TRY(auto record, records.next());
            if (!record) break;
            TRY_STATUS(visit(*record));
        }
    }
}

// All records of all batches, copied.
Result<std::vector<Record>> decode_records(std::string_view batches);

}  // namespace pinflow::kafka
