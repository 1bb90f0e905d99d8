// SPDX-License-Identifier: Apache-2.0
// HTTP requests and answers as values: what net/ parses and writes, and the gateway and the page
// see.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/byte_budget.h"

namespace pinflow {

struct HttpHeader {
    std::string name;
    std::string value;
};

struct HttpRequest {
    std::string method;  // as sent: "GET"
    std::string target;  // as sent, path and query, percent-encoding untouched
    std::vector<HttpHeader> headers;
    std::string body;

    // The first header of that name (ASCII case ignored), or nothing.
    std::optional<std::string_view> header(std::string_view name) const;
};

struct HttpResponse {
    int status = 200;
    std::vector<HttpHeader> headers;  // without Content-Length, Connection and Date: net/ adds them
    std::string body;
    bool close = false;  // end the connection after this answer
    ByteLease lease;     // of the body, if it has one: given back when the answer is written
};

}  // namespace pinflow
