// SPDX-License-Identifier: Apache-2.0
#include "codec/delta/json_text.h"

#include <fmt/format.h>

namespace pinflow::delta {

std::string json_string(std::string_view text) {
    std::string json = "\"";
    for (char c : text) {
        if (c == '"' || c == '\\') json += {'\\', c};
        else if (static_cast<unsigned char>(c) < 0x20) json += fmt::format("\\u{:04x}", c);
        else json.push_back(c);
    }
    json.push_back('"');
    return json;
}

}  // namespace pinflow::delta
