// SPDX-License-Identifier: Apache-2.0
// The ETag as a checksum of what travelled.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "remote/s3/s3_client.h"

namespace pinflow::s3 {

std::string md5_of(std::string_view bytes);  // 16 bytes

// The MD5 that the answer's ETag promises in hexadecimal; empty where it promises none: of objects
// put in parts ("…-3"), and of those encrypted by keys of their own.
// Source: "Checking object integrity", Amazon S3 User Guide.
std::string promised_md5(const HttpResponse& answer);

// corrupt where the answer promises another MD5 than that of the bytes.
Status check_etag(const S3Client& client, const std::string& key, const HttpResponse& answer,
                  std::string_view md5);

}  // namespace pinflow::s3
