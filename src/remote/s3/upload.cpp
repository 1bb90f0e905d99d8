// SPDX-License-Identifier: Apache-2.0
#include "remote/s3/upload.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "base/hash.h"
#include "base/log.h"
#include "codec/s3xml/answers.h"
#include "remote/s3/claim.h"
#include "remote/s3/etag.h"

namespace pinflow::s3 {
namespace {

constexpr int kUploadsMax = 3;    // a completion that met a rival's is begun anew
constexpr int kPartTriesMax = 3;  // of a part that arrived with other bytes

// One upload, from its id to its end.
class Upload {
public:
    Upload(S3Client& client, const std::string& key, const ByteSource& bytes)
        : client_(client), key_(key), bytes_(bytes), part_bytes_(part_bytes_of(bytes.size)) {
        etags_.resize((bytes.size + part_bytes_ - 1) / part_bytes_);
    }

    Status begin() {
        auto answer = client_.ask(
            {.method = "POST",
             .key = key_,
             .query = {{"uploads", ""}},
             .headers = {{kIdHeader, id_}, {"Content-Type", "application/octet-stream"}}});
        if (!answer) return std::unexpected(std::move(answer).error().error);
        auto upload = s3xml::read_upload_id(answer->body);
        if (!upload) return with_context(std::move(upload).error(), client_.shown(key_));
        upload_ = *std::move(upload);
        return {};
    }

    // The calling thread is one of those that send.
    Status send_parts() {
        auto send_some = [this] {
            for (std::size_t at = next_++; at < etags_.size() && is_well(); at = next_++) {
                Status sent = send_part(at);
                std::scoped_lock lock(mutex_);
                if (!sent && failure_) failure_ = std::move(sent);
            }
        };
        std::vector<std::jthread> others;
        for (std::size_t i = 1; i < std::min(kPartsAtOnce, etags_.size()); ++i)
            others.emplace_back(send_some);
        send_some();
        others.clear();  // joins
        return failure_;
    }

    Reply<HttpResponse> complete(PutIf condition) {
        std::vector<HttpHeader> headers = {{"Content-Type", "application/xml"}};
        if (condition == PutIf::absent) headers.push_back({"If-None-Match", "*"});
        return client_.ask({.method = "POST",
                            .key = key_,
                            .query = {{"uploadId", upload_}},
                            .headers = std::move(headers),
                            .body = s3xml::write_completion(etags_),
                            .error_in_200 = true,
                            .retries_conflicts = false});
    }

    void abort() {
        auto answer =
            client_.ask({.method = "DELETE", .key = key_, .query = {{"uploadId", upload_}}});
        if (!answer && answer.error().error.code != Errc::not_found)
            log_warn("s3", "an upload stays behind: {}", answer.error().error.text);
    }

    const std::string& id() const { return id_; }

private:
    bool is_well() {
        std::scoped_lock lock(mutex_);
        return failure_.has_value();
    }

    Status send_part(std::size_t at) {
        std::uint64_t first = at * part_bytes_;
        Status sent;
        for (int tried = 0; tried < kPartTriesMax; ++tried) {
            TRY(std::string body, bytes_.read(first, std::min(part_bytes_, bytes_.size - first)));
            const std::string digest = md5_of(body);
            auto answer = client_.ask(
                {.method = "PUT",
                 .key = key_,
                 .query = {{"partNumber", fmt::format("{}", at + 1)}, {"uploadId", upload_}},
                 .headers = {{"Content-MD5", base64_encode(digest)}},
                 .body = std::move(body)});
            if (!answer) return std::unexpected(std::move(answer).error().error);
            etags_[at] = header_of(*answer, "etag");
            if (etags_[at].empty())
                return fail(Errc::corrupt, client_.shown(key_) + ": a part came without its ETag");
            sent = check_etag(client_, key_, *answer, digest);
            if (sent) break;
        }
        return sent;
    }

    S3Client& client_;
    const std::string& key_;
    const ByteSource& bytes_;
    const std::uint64_t part_bytes_;
    const std::string id_ = random_uuid();
    std::string upload_;
    std::vector<std::string> etags_;  // each written by the thread that sent its part
    std::atomic<std::size_t> next_ = 0;
    std::mutex mutex_;
    Status failure_;
};

// The first try of a completion may have done it: the second then finds no such upload, or, where
// it was to be the first, an object in its way.
Status settle_completion(S3Client& client, const std::string& key, Upload& upload, PutIf condition,
                         Failure failure) {
    bool may_be_done = failure.in_doubt || failure.status == 404 || failure.status == 412;
    if (may_be_done) {
        auto claim = claim_of(client, key, upload.id());
        if (claim && *claim == Claim::ours) return {};
    }
    upload.abort();
    if (condition == PutIf::absent) return settle(client, key, upload.id(), std::move(failure));
    return std::unexpected(std::move(failure).error);
}

}  // namespace

std::uint64_t part_bytes_of(std::uint64_t size) {
    return std::max(kPartBytes, (size + kPartsMax - 1) / kPartsMax);
}

Status put_in_parts(S3Client& client, const std::string& key, const ByteSource& bytes,
                    PutIf condition) {
    for (int made = 1;; ++made) {
        Upload upload(client, key, bytes);
        TRY_STATUS(upload.begin());
        if (Status sent = upload.send_parts(); !sent) {
            upload.abort();
            return sent;
        }
        auto answer = upload.complete(condition);
        if (answer) return {};
        bool met_another = answer.error().status == 409;
        if (!met_another || made == kUploadsMax)
            return settle_completion(client, key, upload, condition, std::move(answer).error());
        upload.abort();
    }
}

}  // namespace pinflow::s3
