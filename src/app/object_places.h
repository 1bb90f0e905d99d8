// SPDX-License-Identifier: Apache-2.0
// Where objects and tables are kept. A place is the path of a folder.
#pragma once

#include <memory>
#include <string>

#include "app/data_directory.h"
#include "app/settings.h"
#include "ports/clock.h"
#include "ports/files.h"
#include "ports/object_store.h"

namespace pinflow::app {

// The sink's bucket, which holds topics/: <data dir>/objects/<bucket of the settings>.
std::string objects_place(const Settings& settings, const DataDirectory& directory);

// What holds a folder a table: <data dir>/tables.
std::string tables_place(const Settings& settings, const DataDirectory& directory);

// Opens a place; a folder is made when something is put. The last component of a folder's path is
// the bucket, its parent the store's root.
Result<std::unique_ptr<ObjectStore>> open_place(const Settings& settings, Files& files,
                                                Clock& clock, const std::string& place);

// The same for who wants to read what should be there: not_found if the folder is not.
Result<std::unique_ptr<ObjectStore>> open_place_to_read(const Settings& settings, Files& files,
                                                        Clock& clock, const std::string& place);

}  // namespace pinflow::app
