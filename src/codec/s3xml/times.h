// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/result.h"
#include "record/record.h"

namespace pinflow::s3xml {

// "2026-01-02T03:04:05.000Z", the fraction of any length or absent. corrupt.
Result<Timestamp> parse_iso_time(std::string_view text);

// "Fri, 02 Jan 2026 03:04:05 GMT": Date and Last-Modified. corrupt.
Result<Timestamp> parse_http_time(std::string_view text);

}  // namespace pinflow::s3xml
