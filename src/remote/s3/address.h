// SPDX-License-Identifier: Apache-2.0
// Where a bucket is: what a key's URL and Host are.
#pragma once

#include <string>

#include "base/result.h"
#include "remote/s3/settings.h"

namespace pinflow::s3 {

struct BucketAddress {
    std::string origin;     // "https://bucket.s3.eu-west-1.amazonaws.com"
    std::string host;       // as the Host header has it: with the port where it is not the scheme's
    std::string base_path;  // "" or "/bucket"
    std::string region;
    std::string shown;  // "bucket posts at https://…", for messages

    // Encoded, as it travels; an empty key is the bucket itself.
    std::string path_of(const std::string& key) const;
};

// invalid_argument, naming the setting that is wrong or missing.
Result<BucketAddress> address_of(const S3Settings& settings);

}  // namespace pinflow::s3
