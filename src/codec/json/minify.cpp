// SPDX-License-Identifier: Apache-2.0
#include "codec/json/minify.h"

namespace pinflow::json {

Result<std::string> minify(std::string_view json, Limits limits) {
    JsonReader reader(json, limits);
    std::string minified;
    minified.reserve(json.size());
    TRY_STATUS(reader.copy_value(minified));
    TRY_STATUS(reader.finish());
    return minified;
}

}  // namespace pinflow::json
