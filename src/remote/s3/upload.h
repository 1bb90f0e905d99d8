// SPDX-License-Identifier: Apache-2.0
// Multipart uploads.
#pragma once

#include <string>

#include "remote/s3/object_put.h"

namespace pinflow::s3 {

// Like put_object, kPartsAtOnce parts at a time. An upload that fails is aborted; one whose
// beginning got no answer stays behind, which a rule of the bucket should clear ("Aborting
// incomplete multipart uploads using a bucket lifecycle configuration", Amazon S3 User Guide).
Status put_in_parts(S3Client& client, const std::string& key, const ByteSource& bytes,
                    PutIf condition);

// All parts are equal but the last; kPartsMax at most.
std::uint64_t part_bytes_of(std::uint64_t size);

}  // namespace pinflow::s3
