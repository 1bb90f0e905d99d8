// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/bytes.h"
#include "codec/kafka/record_batch.h"

namespace pinflow::kafka {

// One record's bytes, and the forms of field that occur in them.
class RecordBody {
public:
    explicit RecordBody(std::string_view bytes) : reader_(bytes) {}

    ByteReader& reader() { return reader_; }

    Result<std::optional<std::string_view>> nullable() {
        TRY(std::int64_t length, reader_.get_varint());
        if (length == -1) return std::nullopt;
        if (length < 0) return fail(Errc::corrupt, fmt::format("field of length {}", length));
        return reader_.get_bytes(static_cast<std::size_t>(length));
    }

private:
    ByteReader reader_;
};

Result<RecordReader> RecordReader::open(std::string_view batch, const BatchHeader& header) {
    if (header.compression() != Compression::none) {
        return fail(Errc::unsupported,
                    fmt::format("records of a batch compressed by method {} at "
                                "offset {} cannot be read yet",
                                static_cast<int>(header.compression()), header.base_offset));
    }
    if (batch.size() < header.bytes()) return fail(Errc::corrupt, "record batch is cut");
    return RecordReader(batch.substr(kBatchHeaderBytes, header.bytes() - kBatchHeaderBytes),
                        header);
}

Result<std::optional<RecordView>> RecordReader::next() {
    if (taken_ == header_.record_count) {
        if (rest_.empty()) return std::nullopt;
        return fail(Errc::corrupt, fmt::format("{} bytes behind the last record", rest_.size()));
    }
    ByteReader reader(rest_);
    TRY(std::int64_t length, reader.get_varint());
    if (length < 0) return fail(Errc::corrupt, fmt::format("record of length {}", length));
    TRY(std::string_view body, reader.get_bytes(static_cast<std::size_t>(length)));
    rest_ = reader.rest();
    ++taken_;
    return read_body(body);
}

Result<RecordView> RecordReader::read_body(std::string_view bytes) {
    RecordBody body(bytes);
    TRY_STATUS(body.reader().get<std::int8_t>());  // attributes: none are defined
    TRY(std::int64_t timestamp_delta, body.reader().get_varint());
    TRY(std::int64_t delta, body.reader().get_varint());
    RecordView record;
    if (delta <= last_delta_ || delta > header_.last_offset_delta) {
        return fail(Errc::corrupt,
                    fmt::format("record of offset delta {} after {}", delta, last_delta_));
    }
    last_delta_ = delta;
    record.offset = header_.base_offset + delta;
    // Modulo 2^64, as Java adds: the inverse of build_batch for every pair of timestamps.
    record.timestamp_ms =
        static_cast<Timestamp>(static_cast<std::uint64_t>(header_.base_timestamp_ms) +
                               static_cast<std::uint64_t>(timestamp_delta));
    TRY(record.key, body.nullable());
    TRY(record.value, body.nullable());
    TRY_STATUS(read_headers(body));
    record.headers = headers_;
    return record;
}

Status RecordReader::read_headers(RecordBody& body) {
    headers_.clear();
    TRY(std::int64_t count, body.reader().get_varint());
    for (std::int64_t i = 0; i < count; ++i) {  // each takes two bytes or ends the reading
        TRY(auto name, body.nullable());
        TRY(auto value, body.nullable());
        if (!name) return fail(Errc::corrupt, "record header without a name");
        headers_.push_back({*name, value});
    }
    if (count < 0 || body.reader().remaining() != 0) {
        return fail(Errc::corrupt, fmt::format("{} headers, and {} bytes behind them", count,
                                               body.reader().remaining()));
    }
    return {};
}

Result<std::vector<Record>> decode_records(std::string_view batches) {
    std::vector<Record> records;
    TRY_STATUS(visit_records(batches, [&](const RecordView& view) -> Status {
        Record& record = records.emplace_back();
        if (view.key) record.key.emplace(*view.key);
        if (view.value) record.value.emplace(*view.value);
        for (const HeaderView& header : view.headers) {
            record.headers.push_back(
                {std::string(header.name), std::string(header.value.value_or(""))});
        }
        record.timestamp_ms = view.timestamp_ms;
        record.offset = view.offset;
        return {};
    }));
    return records;
}

}  // namespace pinflow::kafka
