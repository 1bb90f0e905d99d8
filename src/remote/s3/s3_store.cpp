// SPDX-License-Identifier: Apache-2.0
#include "remote/s3/s3_store.h"

#include <fmt/format.h>

#include "base/text.h"
#include "codec/s3xml/times.h"
#include "record/object_key.h"
#include "remote/s3/listing.h"
#include "remote/s3/object_get.h"
#include "remote/s3/object_put.h"

namespace pinflow::s3 {
namespace {

Result<std::string> read_stretch(File& file, const std::string& path, std::uint64_t first,
                                 std::uint64_t count) {
    std::string bytes(count, '\0');
    TRY(std::size_t read, file.read_at(first, bytes));
    if (read == count) return bytes;
    return fail(Errc::io, fmt::format("{}: became shorter while it was read", path));
}

}  // namespace

Result<std::unique_ptr<S3Store>> S3Store::open(S3Settings settings, Files& files, Clock& clock) {
    std::string prefix = settings.prefix;
    if (!prefix.empty()) {
        if (auto valid = check_key(prefix); !valid)
            return with_context(std::move(valid).error(), "objects.url or tables.url");
        prefix += '/';
    }
    TRY(auto client, S3Client::open(std::move(settings), clock));
    return std::unique_ptr<S3Store>(new S3Store(std::move(client), std::move(prefix), files));
}

Result<std::string> S3Store::whole(const std::string& key) const {
    TRY_STATUS(check_key(key));
    std::string whole = prefix_ + key;
    if (!prefix_.empty()) TRY_STATUS(check_key(whole));  // its length
    return whole;
}

Task<Status> S3Store::put(std::string key, std::string bytes, PutIf condition) {
    CO_TRY(std::string object, whole(key));
    const std::uint64_t size = bytes.size();
    auto read = [&](std::uint64_t first, std::uint64_t count) -> Result<std::string> {
        if (count == bytes.size()) return std::move(bytes);  // asked for once: it is one request
        return bytes.substr(first, count);
    };
    co_return put_object(*client_, object, {.size = size, .read = read}, condition);
}

Task<Status> S3Store::put_file(std::string key, std::string path, PutIf condition) {
    CO_TRY(std::string object, whole(key));
    CO_TRY(auto file, files_.open(path, OpenMode::read));
    CO_TRY(std::uint64_t size, file->size());
    auto read = [&](std::uint64_t first, std::uint64_t count) {
        return read_stretch(*file, path, first, count);
    };
    co_return put_object(*client_, object, {.size = size, .read = read}, condition);
}

Task<Result<std::string>> S3Store::get(std::string key, ByteRange range) {
    CO_TRY(std::string object, whole(key));
    CO_TRY(std::string bytes, get_object(*client_, object, range));
    if (range.count == 0) bytes.clear();  // no range of S3 is empty: one byte was asked for
    co_return bytes;
}

Task<Result<ObjectInfo>> S3Store::head(std::string key) {
    CO_TRY(std::string object, whole(key));
    auto answer = client_->ask({.method = "HEAD", .key = object});
    if (!answer) co_return std::unexpected(std::move(answer).error().error);
    auto size = parse_int(header_of(*answer, "content-length"));
    auto modified = s3xml::parse_http_time(header_of(*answer, "last-modified"));
    if (!size || *size < 0 || !modified)
        co_return fail(Errc::corrupt,
                       client_->shown(object) + ": the answer tells no size, or no time");
    co_return ObjectInfo{key, static_cast<std::uint64_t>(*size), *modified};
}

Task<Result<std::vector<ObjectInfo>>> S3Store::list(std::string prefix) {
    CO_TRY(auto found, list_objects(*client_, prefix_ + prefix));
    std::vector<ObjectInfo> ours;
    for (ObjectInfo& object : found) {
        object.key.erase(0, prefix_.size());
        if (check_key(object.key)) ours.push_back(std::move(object));
    }
    co_return ours;
}

Task<Status> S3Store::remove(std::string key) {
    CO_TRY(std::string object, whole(key));
    auto answer = client_->ask({.method = "DELETE", .key = object});
    if (!answer && answer.error().error.code != Errc::not_found)
        co_return std::unexpected(std::move(answer).error().error);
    co_return Status{};
}

}  // namespace pinflow::s3
