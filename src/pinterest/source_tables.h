// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "ports/source_db.h"

namespace pinflow::pinterest {

// In this order; the numbers are Generator::fill's.
enum class TableNumber : std::size_t { pinterest_data, geolocation_data, user_data };

// The three tables of the course's post database, columns in their order.
std::vector<SourceTable> source_tables();

}  // namespace pinflow::pinterest
