// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "record/rows.h"

namespace pinflow::batch {

// RFC 4180 with a header line and CRLF line ends. A null is nothing, an empty text is "".
std::string csv_text(const Rows& rows);

}  // namespace pinflow::batch
