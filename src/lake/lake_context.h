// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "lake/local_copies.h"
#include "ports/clock.h"
#include "ports/object_store.h"
#include "ports/sql_engine.h"

namespace pinflow::lake {

// In the staging directory: Parquet files on their way to the store, and copies of objects.
inline constexpr const char* kStagedEnding = ".parquet";
inline constexpr const char* kFetchedFolder = "fetched";

// What every table of a lake works with. The lake keeps it; it outlives its tables.
struct LakeContext {
    ObjectStore& store;
    Clock& clock;
    SqlEngine& engine;
    std::string staging_directory;
    std::shared_ptr<LocalCopies> copies;  // shared by the lake's tables, which copy the context

    std::string fresh_staging_path() const;  // for a Parquet file
    // Removes a staged file that the store has taken or that is not wanted; other files stay.
    void discard_staged(const std::string& path) const;
};

}  // namespace pinflow::lake
