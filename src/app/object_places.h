// SPDX-License-Identifier: Apache-2.0
// Where objects and tables are kept. A place is the path of a folder, or s3://bucket/prefix.
#pragma once

#include <memory>
#include <string>

#include "app/data_directory.h"
#include "app/settings.h"
#include "ports/clock.h"
#include "ports/files.h"
#include "ports/object_store.h"

namespace pinflow::app {

// The sink's bucket, which holds topics/: objects.url, else <data dir>/objects/<bucket of the
// settings>.
std::string objects_place(const Settings& settings, const DataDirectory& directory);

// What holds a folder a table: tables.url, else <data dir>/tables.
std::string tables_place(const Settings& settings, const DataDirectory& directory);

bool is_remote_place(const std::string& place);

// Opens a place, and asks nothing of the network yet; a folder is made when something is put. The
// last component of a folder's path is the bucket, its parent the store's root. invalid_argument,
// naming the setting, for what cannot be a place.
Result<std::unique_ptr<ObjectStore>> open_place(const Settings& settings, Files& files,
                                                Clock& clock, const std::string& place);

// The same for who gives up soon, after a few tries of some seconds in all its life, and then asks
// but once each time.
Result<std::unique_ptr<ObjectStore>> open_place_to_look(const Settings& settings, Files& files,
                                                        Clock& clock, const std::string& place);

// not_found for a folder that is not, in the words of who wants to read it.
Status must_be_there(const std::string& place);

// The same for who wants to read what should be there.
Result<std::unique_ptr<ObjectStore>> open_place_to_read(const Settings& settings, Files& files,
                                                        Clock& clock, const std::string& place);

// Whether a table's commits may rely on the place: unsupported if it only pretends to put
// conditionally, or why it cannot be told. Folders can. It puts and removes one small object.
Status probe_place(const Settings& settings, Files& files, Clock& clock, const std::string& place);

// Whether a place can be listed, told soon and without putting anything: for who sends another
// program to it.
Status look_at_place(const Settings& settings, const std::string& place);

// What another program's S3 client must know of a remote place's service.
struct S3Service {
    std::string endpoint;  // "https://host:port"; empty: AWS's for the region
    std::string region;
    bool has_bucket_in_path = false;
};
Result<S3Service> s3_service(const Settings& settings, const std::string& place);

// For `check --connect`: reached, signed in, listed, written. What was found permitted.
Result<std::string> check_place(const Settings& settings, const std::string& place);

}  // namespace pinflow::app
