// SPDX-License-Identifier: Apache-2.0
#include "base/bytes.h"

namespace pinflow {

void ByteWriter::put_varint(std::int64_t value) {
    auto bits = (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
    while (bits >= 0x80) {
        out_.push_back(static_cast<char>(bits | 0x80));
        bits >>= 7;
    }
    out_.push_back(static_cast<char>(bits));
}

Result<std::string_view> ByteReader::get_bytes(std::size_t count) {
    if (rest_.size() < count) return fail(Errc::corrupt, "bytes end inside a field");
    auto bytes = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return bytes;
}

Result<std::int64_t> ByteReader::get_varint() {
    std::uint64_t bits = 0;
    for (int shift = 0; shift < 64; shift += 7) {
        if (rest_.empty()) return fail(Errc::corrupt, "bytes end inside a varint");
        auto byte = static_cast<std::uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        bits |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
        if (byte < 0x80) {
            return static_cast<std::int64_t>(bits >> 1) ^ -static_cast<std::int64_t>(bits & 1);
        }
    }
    return fail(Errc::corrupt, "varint longer than ten bytes");
}

}  // namespace pinflow
