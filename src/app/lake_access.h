// SPDX-License-Identifier: Apache-2.0
// The tables of a data directory, for commands that have no server: reading takes no lock, because
// tables are immutable files and a commit log.
#pragma once

#include <memory>
#include <string>

#include "app/data_directory.h"
#include "app/settings.h"
#include "engine/duckdb_engine.h"
#include "lake/delta_lake.h"
#include "ports/object_store.h"
#include "posix/posix_files.h"
#include "posix/system_clock.h"

namespace pinflow::app {

struct LakeAccess {
    posix::PosixFiles files;
    posix::SystemClock clock;
    engine::DuckDbEngine engine;
    std::unique_ptr<ObjectStore> store;
    std::unique_ptr<lake::DeltaLake> lake;
    std::unique_ptr<ObjectStore> look_store;     // of a place elsewhere; else null
    std::unique_ptr<lake::DeltaLake> look_lake;  // on it

    // For who only looks: it gives up soon on a store that does not answer.
    Lake& to_look() { return look_lake ? *look_lake : *lake; }
};

// `purpose` names a staging directory of its own ("server", "batch", "read").
Result<std::unique_ptr<LakeAccess>> open_lake(const Settings& settings,
                                              const DataDirectory& directory,
                                              const std::string& purpose);

}  // namespace pinflow::app
