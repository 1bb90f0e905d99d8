// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/hash.h"
#include "base/reactor.h"
#include "remote/s3/claim.h"
#include "remote/s3/listing.h"
#include "remote/s3/object_put.h"
#include "remote/s3/s3_store.h"

namespace pinflow::s3 {
namespace {

constexpr const char* kWhy =
    "a table's commits rely on it: two writers, or one that tries again, would overwrite each "
    "other's versions and lose rows. Ceph, Google's XML interface and old SeaweedFS ignore the "
    "header; S3, MinIO and versitygw heed it";

}  // namespace

Status S3Store::probe() {
    const std::string key = "pinflow-probe/" + random_uuid();
    Status probed = probe_object(key);
    Status removed = run_here(remove(key));
    return probed ? removed : probed;
}

Status S3Store::probe_object(const std::string& key) {
    const std::string first = "first " + random_uuid();
    TRY_STATUS(run_here(put(key, first, PutIf::absent)));
    Status second = run_here(put(key, "second", PutIf::absent));
    if (second)
        return fail(Errc::unsupported,
                    fmt::format("{} took a put with If-None-Match: * although the object was "
                                "there; {}",
                                client_->shown(prefix_ + key), kWhy));
    if (second.error().code != Errc::already_exists) return second;
    TRY(std::string present, run_here(get(key, {})));
    if (present != first)
        return fail(Errc::unsupported, fmt::format("{} does not hold the bytes that were put; {}",
                                                   client_->shown(prefix_ + key), kWhy));
    auto head = client_->ask({.method = "HEAD", .key = prefix_ + key});
    if (!head) return std::unexpected(std::move(head).error().error);
    if (header_of(*head, kIdHeader).empty())
        return fail(Errc::unsupported,
                    fmt::format("{} was stored without its metadata ({}), by which a put whose "
                                "answer was lost is told from another's",
                                client_->shown(prefix_ + key), kIdHeader));
    return {};
}

Status S3Store::look() {
    if (auto listed = try_listing(*client_, prefix_); !listed)
        return with_context(std::move(listed).error(), "listing");
    return {};
}

Status S3Store::check() {
    TRY_STATUS(look());
    if (auto probed = probe(); !probed)
        return with_context(std::move(probed).error(), "putting and removing a probe");
    return {};
}

}  // namespace pinflow::s3
