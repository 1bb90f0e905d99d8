// SPDX-License-Identifier: Apache-2.0
#include "remote/s3/url.h"

#include <fmt/format.h>

#include <optional>

#include "base/text.h"
#include "record/object_key.h"

namespace pinflow::s3 {
namespace {

std::optional<std::string_view> behind_scheme(std::string_view text) {
    std::size_t end = text.find("://");
    if (end == std::string_view::npos) return std::nullopt;
    std::string scheme = to_lower(text.substr(0, end));
    if (scheme != "s3" && scheme != "s3a" && scheme != "s3n") return std::nullopt;
    return text.substr(end + 3);
}

}  // namespace

bool is_s3_url(std::string_view text) { return behind_scheme(text).has_value(); }

Result<S3Url> parse_s3_url(std::string_view text) {
    auto rest = behind_scheme(text);
    if (!rest)
        return fail(Errc::invalid_argument,
                    fmt::format("'{}' does not begin with s3://; write s3://bucket/prefix", text));
    if (rest->find('@') < rest->find('/'))
        return fail(Errc::invalid_argument,
                    "an S3 URL carries no keys: they come from the environment or AWS's shared "
                    "files; write s3://bucket/prefix");
    std::size_t slash = std::min(rest->find('/'), rest->size());
    S3Url url{.bucket = std::string(rest->substr(0, slash)), .prefix = {}};
    TRY_STATUS(check_bucket(url.bucket));
    std::string_view prefix = rest->substr(slash);
    if (prefix.starts_with('/')) prefix.remove_prefix(1);
    if (prefix.ends_with('/')) prefix.remove_suffix(1);
    url.prefix = prefix;
    if (!prefix.empty()) TRY_STATUS(check_key(prefix));
    return url;
}

}  // namespace pinflow::s3
