// SPDX-License-Identifier: Apache-2.0
#include "remote/s3/claim.h"

#include <fmt/format.h>

namespace pinflow::s3 {
namespace {

// Only where a rival's object, or our own, may stand there.
bool may_be_there(const Failure& failure) { return failure.status == 412 || failure.in_doubt; }

}  // namespace

Reply<Claim> claim_of(S3Client& client, const std::string& key, const std::string& id) {
    auto head = client.ask({.method = "HEAD", .key = key});
    if (head) return header_of(*head, kIdHeader) == id ? Claim::ours : Claim::of_another;
    if (head.error().error.code == Errc::not_found) return Claim::none;
    return std::unexpected(std::move(head).error());
}

Status settle(S3Client& client, const std::string& key, const std::string& id, Failure failure) {
    if (!may_be_there(failure)) return std::unexpected(std::move(failure).error);
    auto claim = claim_of(client, key, id);
    if (claim && *claim == Claim::ours) return {};
    // Without a refusal the object may be from before us, from a rival, or about to be ours: a try
    // whose answer was lost may still be under way.
    bool was_refused = failure.status == 412;
    if (was_refused && claim && *claim == Claim::of_another)
        return fail(Errc::already_exists, fmt::format("{} is there already", client.shown(key)));
    if (!was_refused) return std::unexpected(std::move(failure).error);
    std::string why = claim ? "is gone again" : claim.error().error.text;
    return fail(Errc::timed_out,
                fmt::format("{} was there already, and whose it was cannot be told ({}): whether "
                            "this put took effect is unknown",
                            client.shown(key), why));
}

}  // namespace pinflow::s3
