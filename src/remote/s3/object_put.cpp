// SPDX-License-Identifier: Apache-2.0
#include "remote/s3/object_put.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"
#include "remote/s3/claim.h"
#include "remote/s3/etag.h"
#include "remote/s3/upload.h"

namespace pinflow::s3 {
namespace {

Status put_whole(S3Client& client, const std::string& key, std::string body, PutIf condition) {
    const std::string id = random_uuid();
    const std::string digest = md5_of(body);
    std::vector<HttpHeader> headers = {{kIdHeader, id},
                                       {"Content-MD5", base64_encode(digest)},
                                       {"Content-Type", "application/octet-stream"}};
    if (condition == PutIf::absent) headers.push_back({"If-None-Match", "*"});
    auto answer = client.ask(
        {.method = "PUT", .key = key, .headers = std::move(headers), .body = std::move(body)});
    if (answer) return check_etag(client, key, *answer, digest);
    if (condition == PutIf::absent) return settle(client, key, id, std::move(answer).error());
    return std::unexpected(std::move(answer).error().error);
}

}  // namespace

Status put_object(S3Client& client, const std::string& key, const ByteSource& bytes,
                  PutIf condition) {
    if (bytes.size > kSinglePutMax) return put_in_parts(client, key, bytes, condition);
    TRY(std::string body, bytes.read(0, bytes.size));
    return put_whole(client, key, std::move(body), condition);
}

}  // namespace pinflow::s3
