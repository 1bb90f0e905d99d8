// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/result.h"

namespace pinflow {

// The grammar of ports/object_store.h, held by every store. Refusals are invalid_argument and begin
// "InvalidKey".
Status check_key(std::string_view key);
std::unexpected<Error> invalid_key(std::string_view key, std::string_view why);

// A bucket is one folder beside `.tmp`: 1-63 of [a-zA-Z0-9._-], not beginning with a dot.
Status check_bucket(std::string_view bucket);

bool is_utf8(std::string_view bytes);

}  // namespace pinflow
