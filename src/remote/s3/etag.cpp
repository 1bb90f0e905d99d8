// SPDX-License-Identifier: Apache-2.0
#include "remote/s3/etag.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"
#include "base/text.h"

namespace pinflow::s3 {

std::string md5_of(std::string_view bytes) {
    auto digest = md5(bytes);
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::string promised_md5(const HttpResponse& answer) {
    constexpr std::size_t kDigits = 32;
    std::string_view tag = header_of(answer, "etag");
    if (tag.starts_with('"') && tag.ends_with('"') && tag.size() > 1)
        tag = tag.substr(1, tag.size() - 2);
    bool is_digest = tag.size() == kDigits &&
                     tag.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
    bool has_own_key =
        header_of(answer, "x-amz-server-side-encryption").starts_with("aws:kms") ||
        !header_of(answer, "x-amz-server-side-encryption-customer-algorithm").empty();
    return is_digest && !has_own_key ? to_lower(tag) : std::string{};
}

Status check_etag(const S3Client& client, const std::string& key, const HttpResponse& answer,
                  std::string_view md5) {
    std::string promised = promised_md5(answer);
    if (!client.settings().verify_etags || promised.empty() || promised == hex(md5)) return {};
    return fail(Errc::corrupt,
                fmt::format("{}: its ETag {} is not the MD5 of its bytes, {} (a store whose ETags "
                            "are no MD5 wants s3.verify_etags false)",
                            client.shown(key), promised, hex(md5)));
}

}  // namespace pinflow::s3
