// SPDX-License-Identifier: Apache-2.0
#include "record/http.h"

#include "base/text.h"

namespace pinflow {

std::optional<std::string_view> HttpRequest::header(std::string_view name) const {
    std::string wanted = to_lower(name);
    for (const HttpHeader& header : headers) {
        if (header.name.size() == wanted.size() && to_lower(header.name) == wanted) {
            return header.value;
        }
    }
    return std::nullopt;
}

}  // namespace pinflow
