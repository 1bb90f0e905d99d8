// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "ports/clock.h"
#include "ports/files.h"
#include "ports/object_store.h"
#include "remote/s3/s3_client.h"
#include "remote/s3/settings.h"

namespace pinflow::s3 {

// The objects below `prefix` of one bucket of S3, or of a store that speaks as S3 does. Any thread;
// calls complete inline and block, at most for kPatience and one request's time. Where a call's
// effect is unknown after all tries, the error is unavailable, timed_out or io.
class S3Store final : public ObjectStore {
public:
    // Asks nothing of the network. invalid_argument, naming the setting that is wrong.
    static Result<std::unique_ptr<S3Store>> open(S3Settings settings, Files& files, Clock& clock);

    Task<Status> put(std::string key, std::string bytes, PutIf condition) override;
    // In parts where it is large; the file is left.
    Task<Status> put_file(std::string key, std::string path, PutIf condition) override;
    Task<Result<std::string>> get(std::string key, ByteRange range) override;
    Task<Result<ObjectInfo>> head(std::string key) override;
    // Objects whose keys are none of ours ("folder/", as some consoles make) are left out.
    Task<Result<std::vector<ObjectInfo>>> list(std::string prefix) override;
    Task<Status> remove(std::string key) override;
    std::optional<std::string> local_path(const std::string&) override { return std::nullopt; }

    // Puts one object twice with PutIf::absent, reads it, and removes it. unsupported where the
    // second put is taken, or the object does not come back as it was put: commits would then
    // overwrite one another unseen.
    Status probe();

    // Whether it answers, knows the bucket and permits listing it. Puts nothing.
    Status look();

    // For `check --connect`: looks, then probes. The error says which of it is not permitted.
    Status check();

private:
    S3Store(std::unique_ptr<S3Client> client, std::string prefix, Files& files)
        : client_(std::move(client)), prefix_(std::move(prefix)), files_(files) {}

    // The whole key of an object of ours.
    Result<std::string> whole(const std::string& key) const;
    Status probe_object(const std::string& key);

    std::unique_ptr<S3Client> client_;
    const std::string prefix_;  // "team/posts/", or empty
    Files& files_;
};

}  // namespace pinflow::s3
