// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ports/source_db.h"

namespace pinflow::source {

// A FLOAT as MySQL prints it: single precision, at most six significant digits, no exponent for
// numbers of everyday size ("-0.375174", "66.1003", "0.0000125").
FloatText float_text(double value);

}  // namespace pinflow::source
