// SPDX-License-Identifier: Apache-2.0
// Rows drawn for a terminal.
#pragma once

#include <cstddef>
#include <string>

#include "record/rows.h"

namespace pinflow::batch {

struct TableStyle {
    std::size_t width = 100;    // columns of the terminal; at least 20 are used
    std::size_t rows_max = 20;  // more are counted in a last line; 0: all
    bool ascii = false;         // no box drawing, bars of '#'
};

// A header, a rule, the rows, and a bar for the last column where it is a number that is never
// below zero. Texts are cut to fit, by what a terminal shows of them; control characters are made
// visible, so that no record can steer the terminal.
std::string table_text(const Rows& rows, const TableStyle& style);

}  // namespace pinflow::batch
