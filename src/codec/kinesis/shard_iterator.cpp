// SPDX-License-Identifier: Apache-2.0
// Base64 of: 00 00 00 00 00 00 00 01 (as AWS's begin), CRC-32C of what follows, issued_ms (8
// bytes), then stream, shard and position, each after its length in two bytes; all big-endian.
#include "codec/kinesis/shard_iterator.h"

#include "base/bytes.h"
#include "base/hash.h"

namespace pinflow::kinesis {
namespace {

constexpr std::uint64_t kMark = 1;
constexpr std::size_t kTextBytesMax = 8 << 10;

void put_text(ByteWriter& writer, std::string_view text) {
    writer.put(static_cast<std::uint16_t>(text.size()));
    writer.put_bytes(text);
}

Result<std::string> get_text(ByteReader& reader) {
    TRY(auto bytes, reader.get<std::uint16_t>());
    TRY(std::string_view text, reader.get_bytes(bytes));
    return std::string(text);
}

Result<ShardIterator> read_bytes(std::string_view bytes) {
    ByteReader reader(bytes);
    TRY(auto mark, reader.get<std::uint64_t>());
    TRY(auto checksum, reader.get<std::uint32_t>());
    if (mark != kMark || checksum != crc32c(reader.rest())) {
        return fail(Errc::invalid_argument, "Invalid ShardIterator.");
    }
    ShardIterator iterator;
    TRY(iterator.issued_ms, reader.get<std::int64_t>());
    TRY(iterator.stream, get_text(reader));
    TRY(iterator.shard_id, get_text(reader));
    TRY(iterator.position, get_text(reader));
    if (reader.remaining() > 0) return fail(Errc::invalid_argument, "Invalid ShardIterator.");
    return iterator;
}

}  // namespace

std::string write_iterator(const ShardIterator& iterator) {
    std::string body;
    ByteWriter body_writer(body);
    body_writer.put(iterator.issued_ms);
    put_text(body_writer, iterator.stream);
    put_text(body_writer, iterator.shard_id);
    put_text(body_writer, iterator.position);
    std::string bytes;
    ByteWriter writer(bytes);
    writer.put(kMark);
    writer.put(crc32c(body));
    writer.put_bytes(body);
    return base64_encode(bytes);
}

Result<ShardIterator> read_iterator(std::string_view text) {
    auto invalid = [] { return fail(Errc::invalid_argument, "Invalid ShardIterator."); };
    if (text.size() > kTextBytesMax) return invalid();
    auto bytes = base64_decode(text);
    if (!bytes) return invalid();
    auto iterator = read_bytes(*bytes);
    if (!iterator) return invalid();
    return iterator;
}

}  // namespace pinflow::kinesis
