// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/json/reader.h"

namespace pinflow::json {

// The form in which JSON is stored: checked strictly, minified UTF-8, numbers and order of names as
// sent (JsonReader::copy_value). minify(minify(x)) == minify(x).
// invalid_argument, with the byte position, for whatever is not one JSON text.
Result<std::string> minify(std::string_view json, Limits limits = {});

}  // namespace pinflow::json
