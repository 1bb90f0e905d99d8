// SPDX-License-Identifier: Apache-2.0
// Java's .properties files, as java.util.Properties.load reads them (its documentation is the
// grammar): continued lines, escapes, '=', ':' or white space between key and value, ISO-8859-1.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pinflow::app {

struct Property {
    std::string key;    // UTF-8
    std::string value;  // UTF-8
    int line = 0;       // where its first line stands, from 1
};

// In the file's order, repeated keys included (Java takes the last). invalid_argument for a \u that
// is no character's, with its line and without the text.
Result<std::vector<Property>> parse_properties(std::string_view bytes);

}  // namespace pinflow::app
