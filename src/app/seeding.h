// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "ports/source_db.h"

namespace pinflow::app {

// Fills an SQLite file with the post database's tables; the same seed and rows give the same data.
Status seed_source(const std::string& path, std::uint64_t seed, std::int64_t rows);

// The same into a database: all tables at once or none. already_exists: see SourceDb::load.
Status seed_database(SourceDb& database, std::uint64_t seed, std::int64_t rows, Existing existing);

}  // namespace pinflow::app
