// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "batch/ask.h"
#include "record/ledger.h"

namespace pinflow::app {

// Each answer under its name and title, as a table with small bars; long ones are cut and counted.
std::string answers_text(const batch::Answers& answers);

// "batch   read 600 = written 580 + quarantined 1 + duplicates 19 + late 0"
std::string ledger_text(std::string_view run, const Ledger& ledger);

}  // namespace pinflow::app
