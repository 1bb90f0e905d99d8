// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "ports/object_store.h"
#include "remote/s3/s3_client.h"

namespace pinflow::s3 {

// All objects whose whole keys begin with `prefix`, by code point, under their whole keys.
Result<std::vector<ObjectInfo>> list_objects(S3Client& client, const std::string& prefix);

// Whether a listing is permitted: asks for one key.
Status try_listing(S3Client& client, const std::string& prefix);

}  // namespace pinflow::s3
