// SPDX-License-Identifier: Apache-2.0
#include "app/lake_access.h"

#include "app/object_places.h"

namespace pinflow::app {

Result<std::unique_ptr<LakeAccess>> open_lake(const Settings& settings,
                                              const DataDirectory& directory,
                                              const std::string& purpose) {
    auto access = std::make_unique<LakeAccess>();
    std::string place = tables_place(settings, directory);
    TRY(access->store, open_place(settings, access->files, access->clock, place));
    TRY(access->lake, lake::DeltaLake::open(*access->store, access->clock, access->engine,
                                            directory.staging() + "/" + purpose));
    if (!is_remote_place(place)) return access;
    TRY(access->look_store, open_place_to_look(settings, access->files, access->clock, place));
    TRY(access->look_lake, lake::DeltaLake::open(*access->look_store, access->clock, access->engine,
                                                 directory.staging() + "/" + purpose + "-look"));
    return access;
}

}  // namespace pinflow::app
