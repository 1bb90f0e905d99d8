// SPDX-License-Identifier: Apache-2.0
#include "remote/s3/object_get.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "remote/s3/etag.h"

namespace pinflow::s3 {
namespace {

constexpr int kReadingsMax = 3;  // of bytes that do not check, or an object replaced meanwhile

struct Piece {
    HttpResponse answer;
    std::uint64_t object_bytes = 0;  // of the whole object
};

// "bytes 0-9/100" and "bytes */100": what stands behind the slash.
std::optional<std::uint64_t> object_bytes_of(const HttpResponse& answer) {
    std::string_view range = header_of(answer, "content-range");
    std::size_t slash = range.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    auto size = parse_int(range.substr(slash + 1));
    if (!size || *size < 0) return std::nullopt;
    return static_cast<std::uint64_t>(*size);
}

std::unexpected<Failure> broken(std::string_view place, std::string_view why) {
    return std::unexpected(
        Failure{.error = {Errc::corrupt, fmt::format("{}: the answer {}", place, why)}});
}

// Some stores and proxies do not hear of ranges, and send all of it.
Reply<Piece> cut(Piece piece, std::uint64_t first, std::uint64_t count) {
    piece.object_bytes = piece.answer.body.size();
    first = std::min<std::uint64_t>(first, piece.object_bytes);
    piece.answer.body = piece.answer.body.substr(first, count);
    return piece;
}

// At most `count` bytes from `first`; fewer only at the object's end.
Reply<Piece> get_piece(S3Client& client, const std::string& key, std::uint64_t first,
                       std::uint64_t count, const std::string& etag) {
    std::vector<HttpHeader> headers = {
        {"Range", fmt::format("bytes={}-{}", first, first + count - 1)}};
    if (!etag.empty()) headers.push_back({"If-Match", etag});
    auto answer = client.ask({.method = "GET", .key = key, .headers = std::move(headers)});
    // Nothing begins there: the object is that short, or empty.
    if (!answer && answer.error().status == 416) return Piece{};
    if (!answer) return std::unexpected(std::move(answer).error());
    Piece piece{.answer = *std::move(answer)};
    if (piece.answer.status == 200) return cut(std::move(piece), first, count);
    auto size = object_bytes_of(piece.answer);
    if (!size || *size <= first)
        return broken(client.shown(key), "does not say which bytes it has");
    piece.object_bytes = *size;
    if (piece.answer.body.size() != std::min(count, *size - first))
        return broken(client.shown(key), "has not as many bytes as it says");
    return piece;
}

Reply<std::string> read_once(S3Client& client, const std::string& key, ByteRange range) {
    std::uint64_t wanted = std::min(range.count, UINT64_MAX - range.first);
    TRY(Piece piece,
        get_piece(client, key, range.first, std::clamp<std::uint64_t>(wanted, 1, kPieceBytes), {}));
    const std::uint64_t size = piece.object_bytes;
    if (size <= range.first) return std::string{};
    wanted = std::min(wanted, size - range.first);
    if (wanted > kGetBytesMax)
        return std::unexpected(Failure{
            .error = {Errc::too_large, fmt::format("{}: {} bytes are more than are read at once",
                                                   client.shown(key), wanted)}});
    std::string bytes = std::move(piece.answer.body);
    bytes.reserve(wanted);
    const std::string etag(header_of(piece.answer, "etag"));
    while (bytes.size() < wanted) {
        TRY(Piece next, get_piece(client, key, range.first + bytes.size(),
                                  std::min(kPieceBytes, wanted - bytes.size()), etag));
        if (next.object_bytes != size || next.answer.body.empty())
            return broken(client.shown(key), "is of another object than the one before");
        bytes += next.answer.body;
    }
    bytes.resize(wanted);
    if (range.first > 0 || wanted < size) return bytes;
    if (Status checked = check_etag(client, key, piece.answer, md5_of(bytes)); !checked)
        return std::unexpected(Failure{.error = std::move(checked).error()});
    return bytes;
}

// Replaced between two pieces, or changed on the way.
bool may_be_well_again(const Failure& failure) {
    return failure.status == 412 || failure.error.code == Errc::corrupt;
}

}  // namespace

Result<std::string> get_object(S3Client& client, const std::string& key, ByteRange range) {
    for (int reading = 1;; ++reading) {
        auto bytes = read_once(client, key, range);
        if (bytes) return *std::move(bytes);
        if (!may_be_well_again(bytes.error()) || reading == kReadingsMax)
            return std::unexpected(std::move(bytes).error().error);
        log_info("s3", "{}; reading it again", bytes.error().error.text);
    }
}

}  // namespace pinflow::s3
