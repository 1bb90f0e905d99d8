// SPDX-License-Identifier: Apache-2.0
#include "remote/s3/listing.h"

#include <fmt/format.h>

#include <algorithm>

#include "codec/s3xml/answers.h"

namespace pinflow::s3 {
namespace {

constexpr int kPageKeys = 1'000;  // S3's own most
constexpr int kPagesMax = 20'000;

Result<s3xml::ListPage> list_page(S3Client& client, const std::string& prefix,
                                  const std::string& token, int keys_max) {
    S3Request request{.query = {{"list-type", "2"},
                                {"encoding-type", "url"},
                                {"max-keys", fmt::format("{}", keys_max)},
                                {"prefix", prefix}}};
    if (!token.empty()) request.query.emplace_back("continuation-token", token);
    auto answer = client.ask(std::move(request));
    if (!answer) return std::unexpected(std::move(answer).error().error);
    auto page = s3xml::read_list_page(answer->body);
    if (!page) {
        page.error().text += "; is s3.endpoint an S3 service?";
        return with_context(std::move(page).error(), client.shown(""));
    }
    return page;
}

}  // namespace

Result<std::vector<ObjectInfo>> list_objects(S3Client& client, const std::string& prefix) {
    std::vector<ObjectInfo> found;
    std::string token;
    for (int pages = 0; pages < kPagesMax; ++pages) {
        TRY(s3xml::ListPage page, list_page(client, prefix, token, kPageKeys));
        for (s3xml::ListedObject& object : page.objects) {
            if (object.key.starts_with(prefix))
                found.push_back({std::move(object.key), object.bytes, object.modified_ms});
        }
        if (page.next_token.empty()) {
            std::ranges::sort(found, {}, &ObjectInfo::key);  // not every store lists in order
            return found;
        }
        if (page.next_token == token)
            return fail(Errc::corrupt, client.shown("") + ": the listing does not go on");
        token = std::move(page.next_token);
    }
    return fail(Errc::too_large, fmt::format("{}: more than {} objects below '{}'",
                                             client.shown(""), kPagesMax * kPageKeys, prefix));
}

Status try_listing(S3Client& client, const std::string& prefix) {
    TRY_STATUS(list_page(client, prefix, {}, 1));
    return {};
}

}  // namespace pinflow::s3
