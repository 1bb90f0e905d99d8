// SPDX-License-Identifier: Apache-2.0
#include "app/lake_access.h"

namespace pinflow::app {

Result<std::unique_ptr<LakeAccess>> open_lake(const DataDirectory& directory,
                                              const std::string& purpose) {
    auto access = std::make_unique<LakeAccess>();
    TRY(access->store,
        store::FolderStore::open(access->files, access->clock, directory.root, "tables"));
    TRY(access->lake, lake::DeltaLake::open(*access->store, access->clock, access->engine,
                                            directory.staging() + "/" + purpose));
    return access;
}

}  // namespace pinflow::app
