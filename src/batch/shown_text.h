// SPDX-License-Identifier: Apache-2.0
// UTF-8 as a terminal shows it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace pinflow::batch {

struct Glyph {
    std::size_t bytes = 1;
    char32_t code = 0;
    std::size_t width = 1;  // cells of the terminal: 0, 1 or 2
};

Glyph next_glyph(std::string_view utf8);  // of a text that is not empty

// Cells that a terminal takes for the text: wide characters take two, combining ones none.
std::size_t shown_width(std::string_view utf8);

// Control characters and direction marks as visible escapes, so that no record steers the terminal.
std::string without_controls(std::string_view utf8);

// At most `width` cells, `mark` at the end where something was cut.
std::string cut_to_width(std::string_view utf8, std::size_t width, std::string_view mark);

}  // namespace pinflow::batch
