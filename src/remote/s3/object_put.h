// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "ports/object_store.h"
#include "remote/s3/s3_client.h"

namespace pinflow::s3 {

// The bytes of an object to be. Any thread may ask, and ask again.
struct ByteSource {
    std::uint64_t size = 0;
    std::function<Result<std::string>(std::uint64_t first, std::uint64_t count)> read;
};

// One request, or above kSinglePutMax an upload in parts. `key` is the whole key, prefix and all.
Status put_object(S3Client& client, const std::string& key, const ByteSource& bytes,
                  PutIf condition);

}  // namespace pinflow::s3
