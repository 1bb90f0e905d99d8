// SPDX-License-Identifier: Apache-2.0
#include "app/lake_access.h"

#include "app/object_places.h"

namespace pinflow::app {

Result<std::unique_ptr<LakeAccess>> open_lake(const Settings& settings,
                                              const DataDirectory& directory,
                                              const std::string& purpose) {
    auto access = std::make_unique<LakeAccess>();
    TRY(access->store,
        open_place(settings, access->files, access->clock, tables_place(settings, directory)));
    TRY(access->lake, lake::DeltaLake::open(*access->store, access->clock, access->engine,
                                            directory.staging() + "/" + purpose));
    return access;
}

}  // namespace pinflow::app
