// SPDX-License-Identifier: Apache-2.0
#include "eventlog/index_file.h"

#include "base/bytes.h"
#include "base/hash.h"
#include "eventlog/small_file.h"

namespace pinflow::eventlog {
namespace {

constexpr std::uint32_t kMagic = 0x5046'4958;  // "PFIX"
constexpr std::size_t kCheckedFrom = 8;
constexpr std::size_t kStretchBytes = 3 * 8;

}  // namespace

std::string index_path(const std::string& segment_path) {
    constexpr std::string_view kLog = ".log";
    return segment_path.substr(0, segment_path.size() - kLog.size()) + ".idx";
}

std::string encode_index(Offset base_offset, const StoredIndex& stored) {
    std::string bytes;
    ByteWriter writer(bytes);
    writer.put(kMagic);
    writer.put(std::uint32_t{0});
    writer.put(base_offset);
    writer.put(stored.covered_bytes);
    writer.put(stored.covered_end);
    writer.put(static_cast<std::uint32_t>(stored.index.stretches().size()));
    for (const SparseIndex::Stretch& stretch : stored.index.stretches()) {
        writer.put(stretch.base_offset);
        writer.put(stretch.position);
        writer.put(stretch.max_timestamp_ms);
    }
    put_at(bytes, 4, crc32c(std::string_view(bytes).substr(kCheckedFrom)));
    return bytes;
}

Result<StoredIndex> decode_index(Offset base_offset, std::string_view bytes) {
    ByteReader reader(bytes);
    TRY(auto magic, reader.get<std::uint32_t>());
    TRY(auto crc, reader.get<std::uint32_t>());
    if (magic != kMagic || crc != crc32c(reader.rest())) {
        return fail(Errc::corrupt, "the index does not check");
    }
    StoredIndex stored;
    TRY(auto base, reader.get<std::int64_t>());
    if (base != base_offset) return fail(Errc::corrupt, "it is another segment's index");
    TRY(stored.covered_bytes, reader.get<std::uint64_t>());
    TRY(stored.covered_end, reader.get<std::int64_t>());
    TRY(auto count, reader.get<std::uint32_t>());
    if (count * kStretchBytes != reader.remaining()) {
        return fail(Errc::corrupt, "the index has not its length");
    }
    for (std::uint32_t i = 0; i < count; ++i) {
        SparseIndex::Stretch stretch;
        TRY(stretch.base_offset, reader.get<std::int64_t>());
        TRY(stretch.position, reader.get<std::uint64_t>());
        TRY(stretch.max_timestamp_ms, reader.get<std::int64_t>());
        stored.index.append(stretch);
    }
    return stored;
}

StoredIndex load_index(Files& files, const std::string& segment_path, Offset base_offset,
                       std::uint64_t bytes) {
    auto text = read_small_file(files, index_path(segment_path));
    auto stored = text ? decode_index(base_offset, *text) : std::unexpected(text.error());
    if (!stored || stored->covered_bytes > bytes) return {.covered_end = base_offset};
    return *std::move(stored);
}

Status save_index(Files& files, const std::string& segment_path, Offset base_offset,
                  const StoredIndex& stored) {
    std::string bytes = encode_index(base_offset, stored);
    TRY(auto file, files.open(index_path(segment_path), OpenMode::read_write));
    TRY_STATUS(file->truncate(0));
    return file->write_at(0, {{bytes}});
}

}  // namespace pinflow::eventlog
