// SPDX-License-Identifier: Apache-2.0
// s3://bucket/prefix
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace pinflow::s3 {

struct S3Url {
    std::string bucket;
    std::string prefix;  // without slashes at its ends; may be empty

    bool operator==(const S3Url&) const = default;
};

// s3://, and Hadoop's spellings s3a:// and s3n://
bool is_s3_url(std::string_view text);

// invalid_argument: no such URL, no bucket, or a prefix that could be no key.
Result<S3Url> parse_s3_url(std::string_view text);

}  // namespace pinflow::s3
