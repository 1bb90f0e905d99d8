// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "ports/source_db.h"

namespace pinflow::emulator {

enum class DateTimeForm : std::uint8_t {
    spaced,  // "2020-01-02 03:04:05", as default=str prints it
    iso,     // "2020-01-02T03:04:05", as isoformat() prints it
};

// A row, letter for letter as Python's json.dumps(row, default=str) prints it: ", " and ": "
// between, everything outside ASCII as \uXXXX, numbers as Python's repr. One difference: NaN, which
// no JSON reader must take, becomes null. corrupt: a FLOAT that is no number (the text names the
// column).
Result<std::string> row_json(const SourceRow& row, DateTimeForm datetimes = DateTimeForm::spaced);

}  // namespace pinflow::emulator
