// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"
#include "ports/object_store.h"
#include "remote/s3/s3_client.h"

namespace pinflow::s3 {

// The bytes of the range, in requests of kPieceBytes, all of one state of the object. Checked
// against the ETag where the whole object was read. `key` is the whole key.
Result<std::string> get_object(S3Client& client, const std::string& key, ByteRange range);

}  // namespace pinflow::s3
