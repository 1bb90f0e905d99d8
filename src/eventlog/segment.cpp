// SPDX-License-Identifier: Apache-2.0
#include "eventlog/segment.h"

#include <fmt/format.h>

#include "base/text.h"
#include "eventlog/file_window.h"
#include "eventlog/index_file.h"

namespace pinflow::eventlog {
namespace {

constexpr std::string_view kSuffix = ".log";
constexpr std::size_t kNameDigits = 20;

}  // namespace

std::string segment_name(Offset base_offset) { return fmt::format("{:020}.log", base_offset); }

std::optional<Offset> parse_segment_name(std::string_view name) {
    if (name.size() != kNameDigits + kSuffix.size() || !name.ends_with(kSuffix))
        return std::nullopt;
    std::string_view digits = name.substr(0, kNameDigits);
    if (digits.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
    return parse_int(digits);
}

Result<Offset> index_headers(File& file, std::uint64_t from, std::uint64_t end, Offset next,
                             SparseIndex& index) {
    FileWindow window(file, end);
    for (std::uint64_t position = from; position < end;) {
        TRY(auto front, window.at(position, kafka::kBatchHeaderBytes));
        auto header = kafka::peek_batch_header(front);
        if (!header || header->base_offset != next || header->bytes() > end - position) break;
        index.add(*header, position);
        position += header->bytes();
        next = header->next_offset();
    }
    return next;
}

Result<std::shared_ptr<const SparseIndex>> older_index(Files& files, Segment& segment) {
    std::scoped_lock lock(segment.older_mutex);
    if (segment.older) return segment.older;
    TRY(std::shared_ptr<File> file, files.open(segment.path, OpenMode::read));
    StoredIndex stored =
        load_index(files, segment.path, segment.state.base_offset, segment.opened_bytes);
    TRY(auto end, index_headers(*file, stored.covered_bytes, segment.opened_bytes,
                                stored.covered_end, stored.index));
    (void)end;
    segment.older = std::make_shared<const SparseIndex>(std::move(stored.index));
    return segment.older;
}

Result<std::shared_ptr<File>> file_for_reading(Files& files, const Segment& segment,
                                               std::shared_ptr<File> kept) {
    if (kept) return kept;
    TRY(std::shared_ptr<File> file, files.open(segment.path, OpenMode::read));
    return file;
}

Result<kafka::BatchHeader> read_batch_at(File& file, const std::string& path,
                                         std::uint64_t position, std::uint64_t end,
                                         std::string& buffer) {
    auto read = [&](std::uint64_t count) -> Status {
        buffer.resize(std::min(count, end - position));
        TRY(std::size_t got, file.read_at(position, buffer));
        buffer.resize(got);
        return {};
    };
    auto damaged = [&](const Error& error) {
        return fail(error.code, fmt::format("{} at byte {}: {}", path, position, error.text));
    };
    if (position >= end) return damaged({Errc::corrupt, "the file ends before it"});
    TRY_STATUS(read(kafka::kBatchHeaderBytes));
    auto claimed = kafka::peek_batch_header(buffer);
    if (!claimed) return damaged(claimed.error());
    TRY_STATUS(read(claimed->bytes()));
    auto header = kafka::read_batch_header(buffer);
    if (!header) return damaged(header.error());
    return header;
}

}  // namespace pinflow::eventlog
