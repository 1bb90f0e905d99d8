// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace pinflow::json {

// A quote, backslash, control character or DEL in JSON's shortest form: \n, else \u001f.
void append_ascii_escape(std::string& out, char c);

// \uXXXX in lower case, a surrogate pair past U+FFFF.
void append_code_point_escape(std::string& out, char32_t code_point);

}  // namespace pinflow::json
