// SPDX-License-Identifier: Apache-2.0
// The form of AWS's shared files: "[section]", "key = value", "#" or ";" before a comment.
// Source: "Configuration and credential file settings", AWS CLI User Guide.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pinflow::aws {

using IniSection = std::map<std::string, std::string, std::less<>>;  // keys in lower case
using IniFile = std::map<std::string, IniSection, std::less<>>;

// A section that comes twice is one. Indented lines (nested settings of the CLI's own) are passed
// over. invalid_argument: a line that is none of these; the text has its number and not its
// content, which may be a secret.
Result<IniFile> parse_ini(std::string_view text);

}  // namespace pinflow::aws
